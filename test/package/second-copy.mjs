/**
 * What a library does with its own copy of the package, in a program that has another one: prints a table of what came of it.
 *
 *     node test/package/second-copy.mjs DIRECTORY EXTENSION
 */
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import * as own from 'carillon';
import * as ownContainers from 'carillon/inversify';
import { Container } from 'inversify';

/** @import { CarillonError } from 'carillon' */

const [directory = 'dist', extension = 'cjs'] = process.argv.slice(2);

/**
 * @template T
 * @param {string} entry
 * @returns {Promise<T>}
 */
async function load(entry) {
  const path = resolve(directory, `${entry}.${extension}`);
  return extension === 'cjs'
    ? createRequire(import.meta.url)(path)
    : import(pathToFileURL(path).href);
}

/** @type {typeof own} */
const other = await load('index');
/** @type {typeof ownContainers} */
const otherContainers = await load('inversify');
/** @type {Record<string, unknown>} */
const table = {};

/**
 * @param {string} what
 * @param {() => unknown} act
 */
async function note(what, act) {
  try {
    table[what] = await act();
  } catch (error) {
    const { code, message } = /** @type {CarillonError} */ (error);
    table[what] = `${code}${message.includes('another copy') ? ' another copy' : ''}`;
  }
}

const Rang = other.defineEvent('rang');
const Level = other.defineEvent('level', { sticky: true });
/** @type {string[]} */
const heard = [];
let attempts = 0;

class Tower {
  hear() {
    heard.push('token');
  }
  topic() {
    heard.push('topic');
  }
  post() {
    attempts += 1;
    throw new other.UnrecoverableError('no such address');
  }
}
class Closed extends other.UnrecoverableError {
  name = 'Closed';
}
class Shop {
  sell() {
    attempts += 1;
    throw new Closed('for ever');
  }
}

/**
 * As a decorator does it.
 *
 * @param {(target: object, key: string, descriptor: any) => void} decorator
 * @param {{ readonly prototype: object }} target
 * @param {string} key
 */
function decorate(decorator, target, key) {
  decorator(target.prototype, key, Object.getOwnPropertyDescriptor(target.prototype, key));
}

decorate(/** @type {any} */ (other.On(Rang)), Tower, 'hear');
decorate(/** @type {any} */ (own.On(/** @type {any} */ (Rang))), Tower, 'hear');
decorate(/** @type {any} */ (other.On('topic')), Tower, 'topic');
decorate(/** @type {any} */ (other.Deferred('letter', { attempts: 3, backoff: 1 })), Tower, 'post');
decorate(/** @type {any} */ (own.Deferred('sale', { attempts: 3, backoff: 1 })), Shop, 'sell');

const container = new Container();
/** @type {CarillonError[]} */
const errors = [];
container.register(ownContainers.events({ onError: (error) => errors.push(error) }));
container.bind(Tower).toSelf().inSingletonScope();
container.bind(Shop).toSelf().inSingletonScope();
await ownContainers.start(container);
const emitter = container.get(own.ScopedEmitter);
const bus = container.get(own.EventBus);
const queue = container.get(own.EventQueue);
const token = /** @type {any} */ (Rang);

/** @param {() => unknown} act */
const hearing = (act) => async () => {
  heard.length = 0;
  await act();
  return heard.join();
};

await note(
  'emit without a payload',
  hearing(() => emitter.emit(token)),
);
await note(
  'emit with a payload',
  hearing(() => emitter.emit(token, 1)),
);
await note(
  'emit with options',
  hearing(() => emitter.emit(token, 1, { errors: 'throw' })),
);
await note(
  'emitAsync',
  hearing(() => emitter.emitAsync(token, 1)),
);
await note(
  'a topic',
  hearing(() => emitter.emit('topic', undefined)),
);
await note(
  'on',
  hearing(() => {
    emitter.on(/** @type {any} */ (Level), () => heard.push('level'));
    emitter.emit(/** @type {any} */ (Level), 1);
  }),
);
await note('sticky', async () => await emitter.once(/** @type {any} */ (Level)));
await note(
  'publish',
  hearing(async () => {
    bus.subscribe(token, () => heard.push('published'));
    await bus.publish(token, 1);
  }),
);
await note('attempts', async () => {
  await queue.defer('letter', /** @type {never} */ (undefined));
  await queue.defer('sale', /** @type {never} */ (undefined));
  while ((await queue.counts()).dead < 2) await setImmediate();
  return attempts;
});
await note('errors', () => {
  let refused;
  try {
    emitter.emit('*', /** @type {never} */ (undefined));
  } catch (error) {
    refused = error;
  }
  class Own extends other.CarillonError {}
  return [other.CarillonError, other.HandlerError, own.CarillonError, Own].map(
    (kind) => refused instanceof kind,
  );
});
await note('a failed handler', () => {
  emitter.on('fails', () => {
    throw new Error('cracked');
  });
  errors.length = 0;
  emitter.emit('fails', undefined);
  return [other.HandlerError, other.CarillonError, other.EmitError].map(
    (kind) => errors[0] instanceof kind,
  );
});
await note('a task', async () => {
  const task = other.spawn(/** @type {any} */ (ownContainers.scopeOf(container)), function* () {
    yield* own.sleep(1);
    yield* other.race([own.sleep(1), other.sleep(1000)]);
    return 'done';
  });
  return task.done;
});
await note('a task of ours', async () => {
  const task = own.spawn(
    ownContainers.scopeOf(container),
    /** @type {any} */ (
      function* () {
        yield* other.sleep(1);
        return (yield* own.race({ won: other.nextTick() })).key;
      }
    ),
  );
  return task.done;
});
await note('openScope', () => otherContainers.openScope(container));
await note('scopeOf', () => otherContainers.scopeOf(container));
await note('start', () => otherContainers.start(container));
await note('stop', () => otherContainers.stop(container));
await note('audit', () => otherContainers.audit(container));
await note('register', () => container.register(otherContainers.events()));
await note('an open scope', () => otherContainers.openScope(ownContainers.openScope(container)));
await ownContainers.stop(container);
console.log(JSON.stringify(table));
