/** What is collected: prints the names of what is still there after some rounds. Run with `--expose-gc`; its own process, as every garbage counts. */
import 'reflect-metadata';
import { setImmediate } from 'node:timers/promises';
import { Deferred, EventBus, EventQueue, Listener, On, ScopedEmitter, Subscribe } from 'carillon';
import { audit, events, openScope, scopeOf, start } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import { Container, inject, injectable } from 'inversify';

/** @import { CarillonError } from 'carillon' */

/** More than are ever needed: a target lives until the job ends that asked for it. */
const ROUNDS = 20;

class Visitor {
  /** Enough to be seen in the heap. */
  load = new Array(1000).fill(0);
  hear() {}
  listen() {}
  work() {}
}

class Member extends Visitor {}

class Upload extends Visitor {
  /** Set by the program. */
  send() {}

  async upload() {
    this.send();
  }
}

class Job extends Visitor {
  constructor() {
    super();
    watch('the instance of an event', this);
  }
}

class Tower {
  /**
   * @param {Visitor} visitor
   * @param {unknown} nothing
   */
  constructor(visitor, nothing) {
    this.visitor = visitor;
    this.nothing = nothing;
  }
}

/** @type {Map<string, WeakRef<object>>} */
const watched = new Map();
const CONTEXT = Symbol('context');
/** @type {CarillonError[]} */
const errors = [];

injectable()(Visitor);
On('rang')(Visitor.prototype, 'hear', descriptorOf('hear'));
injectable()(Member);
Subscribe('announced')(Member.prototype, 'listen', descriptorOf('listen'));
Deferred('letter')(Member.prototype, 'work', descriptorOf('work'));
injectable()(Upload);
const upload = /** @type {TypedPropertyDescriptor<() => Promise<void>>} */ (
  Object.getOwnPropertyDescriptor(Upload.prototype, 'upload')
);
On('uploaded')(Upload.prototype, 'upload', upload);
Deferred('stored')(Upload.prototype, 'upload', upload);
injectable()(Tower);
inject(Visitor)(Tower, undefined, 0);
inject('nothing')(Tower, undefined, 1);
injectable()(Job);
Listener({ activation: 'event' })(Job);

const root = new Container();
root.register(events({ leaks: { after: 3_600_000 }, onError: (error) => errors.push(error) }));
root.bind(Job).toSelf();
root.bind(CONTEXT).toDynamicValue((context) => context);
await start(root);

/**
 * @param {string} name
 * @param {object} target
 */
function watch(name, target) {
  watched.set(name, new WeakRef(target));
}

/**
 * TypeScript hands it to a decorator.
 *
 * @param {'hear' | 'listen' | 'work'} method
 */
function descriptorOf(method) {
  return /** @type {TypedPropertyDescriptor<() => void>} */ (
    Object.getOwnPropertyDescriptor(Visitor.prototype, method)
  );
}

/**
 * @param {string} name
 * @param {typeof Visitor} service
 */
function visit(name, service) {
  const container = openScope(root, { name });
  container.bind(service).toSelf().inSingletonScope();
  watch(`${name}: the instance`, container.get(service));
  watch(`${name}: the container`, container);
  watch(`${name}: the scope`, scopeOf(container));
  container.get(ScopedEmitter).emit('rang', /** @type {never} */ (undefined));
  return container;
}

function unbound() {
  root.bind(Member).toSelf().inSingletonScope();
  watch('unbound: the instance', root.get(Member));
  root.unbind(Member);
}

async function disposed() {
  visit('disposed', Member)[Symbol.dispose]();
  await visit('awaited', Member)[Symbol.asyncDispose]();
}

/** The program keeps the container, and the way to ask it that its last resolution had; one resolution has failed half-way. */
function kept() {
  const container = openScope(root, { name: 'kept' });
  container.bind(Tower).toSelf().inSingletonScope();
  container.bind(Visitor).toSelf().inSingletonScope();
  try {
    container.get(Tower);
  } catch {
    watch('kept: the instance', container.get(Visitor));
  }
  container[Symbol.dispose]();
  return container;
}

/** The program keeps only the way to ask: the container and what its scope had are not reached from there. */
function asked() {
  const container = openScope(root, { name: 'asked' });
  watch('asked: the container', container);
  watch('asked: the emitter', container.get(ScopedEmitter));
  const context = container.get(CONTEXT);
  container[Symbol.dispose]();
  return context;
}

async function sent() {
  await root.get(EventBus).publish('announced', /** @type {never} */ (undefined));
  await root.get(EventQueue).defer('letter', /** @type {never} */ (undefined));
  root.get(ScopedEmitter).emit('rang', /** @type {never} */ (undefined));
}

/** @param {string} name */
function watchedPayload(name) {
  const payload = new Visitor();
  watch(name, payload);
  return payload;
}

/**
 * A handler of a request has settled, and the request has ended; what it led to in the application goes on.
 *
 * @param {string} name
 * @param {import('carillon/inversify').EventsOptions} options
 */
async function led(name, options) {
  const application = new Container();
  application.register(events(options));
  application.get(ScopedEmitter).on('report asked', () => new Promise(() => undefined));
  const request = openScope(application, { name: 'request' });
  request.bind(Upload).toSelf().inSingletonScope();
  const instance = request.get(Upload);
  /** @type {(() => void)[]} */
  const waiting = [];
  instance.send = () => {
    application.get(ScopedEmitter).emit('report asked', undefined);
    waiting.pop()?.();
  };
  watch(`${name}: the instance`, instance);
  watch(`${name}: the container`, request);
  const emitter = request.get(ScopedEmitter);
  await emitter.emitAsync('uploaded', watchedPayload(`${name}: the payload`));
  await start(application);
  const done = new Promise((resolve) => waiting.push(() => resolve(undefined)));
  await application.get(EventQueue).defer('stored', watchedPayload(`${name}: the message`));
  await done;
  await scopeOf(request).disposeAsync();
  return application;
}

const applications = [
  await led('led on', {}),
  await led('led on with a context', { context: asyncContext() }),
];
await disposed();
const held = [kept(), asked()];
visit('forgotten', Visitor);
visit('kept by the bus', Member);
unbound();
await sent();
for (let round = 0; round < ROUNDS; round += 1) {
  await setImmediate();
  globalThis.gc?.();
}
await setImmediate();

const alive = [...watched].filter(([, ref]) => ref.deref() !== undefined).map(([name]) => name);
const reports = errors.map(({ code, message }) => `${code} ${/"[^"]*"/.exec(message)?.[0]}`);
console.log(
  JSON.stringify({
    held: held.length + applications.length,
    watched: watched.size,
    alive,
    reports,
    scopes: audit(root).scopes.map(({ path }) => path),
  }),
);
process.exit();
