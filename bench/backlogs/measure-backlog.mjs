/** Has a team of processes work on a backlog. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Backlog } from './backlogs.mjs' */
/** @import { Engine, Place } from './engines.mjs' */

/**
 * @typedef {object} Run
 * @property {number} rate messages a second
 * @property {number} [others] after how many milliseconds those of other keys were done
 */

/** For so many milliseconds the first message is waited for. */
const PATIENCE = 60_000;

/**
 * Has a team work on a backlog for some seconds, or until it is over.
 *
 * @param {Engine} engine
 * @param {{ workers: number, atOnce: number }} size
 * @param {Backlog} backlog
 * @param {number} seconds
 * @returns {Promise<Run>}
 */
export async function measure(engine, size, { fills }, seconds) {
  const place = await engine.place();
  const team = await hire(engine, place, size);
  const [first] = team;
  if (first !== undefined) await ask(first, 'models');
  for (const fill of fills) await place.fill(fill);
  const all = fills.reduce((sum, { count }) => sum + count, 0);
  const few = fills.find(({ event }) => event === 'bench.few')?.count ?? 0;
  const begun = Date.now();
  await Promise.all(team.map((worker) => ask(worker, 'begin')));
  let [number, others, time, lastFew] = [0, 0, 0, 0];
  while (number < all && time < (number === 0 ? PATIENCE : 1000 * seconds)) {
    await pause(5);
    const told = await Promise.all(team.map((worker) => ask(worker, 'tell')));
    number = told.reduce((sum, done) => sum + done.many + done.few, 0);
    others = told.reduce((sum, done) => sum + done.few, 0);
    lastFew = Math.max(...told.map((done) => done.lastFew));
    time = Date.now() - begun;
  }
  if (number === 0) throw new Error(`${engine.name} has done nothing.`);
  await Promise.all(team.map((worker) => ask(worker, 'end')));
  await place.remove();
  const rate = (1000 * number) / time;
  if (few === 0) return { rate };
  return { rate, others: others < few ? Number.POSITIVE_INFINITY : lastFew - begun };
}

/**
 * @param {Engine} engine
 * @param {Place} place
 * @param {{ workers: number, atOnce: number }} size
 */
async function hire({ name, worker }, place, { workers, atOnce }) {
  const args = [name, JSON.stringify(place.options), String(atOnce)];
  const team = Array.from({ length: workers }, () => fork(worker, args));
  await Promise.all(team.map((member) => once(member, 'message')));
  return team;
}

/**
 * @param {ChildProcess} worker
 * @param {string} command
 * @returns {Promise<{ many: number, few: number, lastFew: number }>}
 */
async function ask(worker, command) {
  const answer = once(worker, 'message');
  worker.send(command);
  const [done] = await answer;
  return done;
}
