/**
 * Fails when the heap is more than a megabyte above what it was after the first ten thousand
 *
 * - request scopes with five handlers each, one of them on the bus (`--scopes`);
 * - rounds of a handler that emits its own event again and knows its context, so that each round is led to by the last one (`--rounds`);
 * - builds that fail once their dependencies have been wired, at once or later (`--builds`).
 *
 *     npm run soak -- --scopes 100000 --rounds 0 --builds 0
 */
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Deferred, On, ScopedEmitter, Subscribe } from 'carillon';
import { census, events } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import { Container, injectable } from 'inversify';
import { announce, live, liveAsync } from './scope-life/contenders/carillon.mjs';

const WARM_UP = 50_000;
const ALLOWED = 1024 * 1024;
/** As in a server: what an end leaves for later is done in the next turn. */
const LIVES_PER_TURN = 20;

const { values } = parseArgs({
  options: {
    scopes: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '1000000' },
    builds: { type: 'string', default: '200000' },
  },
});

/** @param {number} count */
async function runScopes(count) {
  for (let done = 0; done < count; done += 1) {
    if (done % 2 === 0) live();
    else await liveAsync();
    if (done % LIVES_PER_TURN === 0) await setImmediate();
  }
}

/**
 * One application for all rounds: each call goes on where the last one stopped.
 *
 * @returns {(count: number) => Promise<void>}
 */
function polling() {
  const container = new Container();
  container.register(events({ context: asyncContext() }));
  const emitter = container.get(ScopedEmitter);
  let left = 0;
  let done = () => undefined;
  let goOn = () => emitter.emit('polled', undefined);
  emitter.on('polled', async () => {
    if (left === 0)
      await new Promise((resolve) => {
        goOn = () => resolve(undefined);
        done();
      });
    left -= 1;
    if (left % LIVES_PER_TURN === 0) await setImmediate();
    else await undefined;
    emitter.emit('polled', undefined);
  });
  return (count) =>
    new Promise((resolve) => {
      left = count;
      done = () => void resolve();
      goOn();
    });
}

/**
 * A service that cannot be built, with dependencies of each kind and a singleton that can.
 *
 * @returns {(count: number) => Promise<void>}
 */
function failing() {
  const container = new Container();
  container.register(events());
  class Listener {
    hear() {
      return;
    }
  }
  for (const decorate of [On('rang'), Subscribe('rang'), Deferred('rang')])
    decorate(
      Listener.prototype,
      'hear',
      Object.getOwnPropertyDescriptor(Listener.prototype, 'hear'),
    );
  injectable()(Listener);
  container.bind('transient').to(Listener);
  container.bind('shared').to(Listener).inRequestScope();
  const fail = () => {
    throw new Error('no ground');
  };
  container.bind('at once').toDynamicValue(fail);
  container.bind('later').toDynamicValue(() => Promise.resolve().then(fail));
  container
    .bind('singleton')
    .toResolvedValue((listener) => ({ listener }), ['transient'])
    .inSingletonScope();
  for (const when of ['at once', 'later']) {
    container
      .bind(`fails ${when}`)
      .toResolvedValue(() => undefined, ['transient', 'shared', 'singleton', when]);
  }
  return async (count) => {
    for (let done = 0; done < count; done += 1) {
      const when = done % 4 === 0 ? 'later' : 'at once';
      await container.getAsync(`fails ${when}`).catch(() => undefined);
      if (done % LIVES_PER_TURN === 0) await setImmediate();
    }
    const { handlers } = census(container);
    // Those of the singleton.
    if (handlers !== 3) throw new Error(`${handlers} handlers are left of ${count} builds.`);
  };
}

/** Weak references last until the job ends. */
async function heapUsed() {
  for (let round = 0; round < 5; round += 1) {
    await setImmediate();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

/**
 * @param {string} what
 * @param {number} count
 * @param {(count: number) => Promise<void>} run
 */
async function soak(what, count, run) {
  if (count === 0) return;
  const first = Math.min(WARM_UP, Math.floor(count / 2));
  await run(first);
  const before = await heapUsed();
  const begin = performance.now();
  await run(count - first);
  const elapsed = performance.now() - begin;
  const grown = (await heapUsed()) - before;
  const verdict = grown <= ALLOWED ? 'within' : 'beyond';
  const kilobytes = Math.round(grown / 1024);
  console.log(`${count} ${what}, ${((elapsed * 1000) / (count - first)).toFixed(1)} µs each`);
  console.log(`heap: ${kilobytes} kB above the first ${first}, ${verdict} ${ALLOWED / 1024} kB`);
  if (verdict === 'beyond') process.exitCode = 1;
}

await soak('scopes', Number(values.scopes), runScopes);
announce();
await soak('rounds', Number(values.rounds), polling());
await soak('builds that fail', Number(values.builds), failing());
