/**
 * A million request scopes with five handlers each, one of them on the bus: fails when the heap after them is more than a megabyte
 * above the heap after the first ten thousand.
 *
 *     npm run soak -- --scopes 100000
 */
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { announce, live, liveAsync } from './scope-life/contenders/carillon.mjs';

const WARM_UP = 10_000;
const ALLOWED = 1024 * 1024;
/** As in a server: what an end leaves for later is done in the next turn. */
const LIVES_PER_TURN = 20;

const { values } = parseArgs({ options: { scopes: { type: 'string', default: '1000000' } } });
const scopes = Number(values.scopes);

/** @param {number} count */
async function run(count) {
  for (let done = 0; done < count; done += 1) {
    if (done % 2 === 0) live();
    else await liveAsync();
    if (done % LIVES_PER_TURN === 0) await setImmediate();
  }
}

/** Weak references last until the job ends. */
async function heapUsed() {
  for (let round = 0; round < 5; round += 1) {
    await setImmediate();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

await run(WARM_UP);
const before = await heapUsed();
const begin = performance.now();
await run(scopes - WARM_UP);
const elapsed = performance.now() - begin;
const grown = (await heapUsed()) - before;
announce();

const verdict = grown <= ALLOWED ? 'within' : 'beyond';
const kilobytes = Math.round(grown / 1024);
console.log(`${scopes} scopes, ${((elapsed * 1000) / (scopes - WARM_UP)).toFixed(1)} µs each`);
console.log(`heap: ${kilobytes} kB above the first ${WARM_UP}, ${verdict} ${ALLOWED / 1024} kB`);
if (verdict === 'beyond') process.exitCode = 1;
