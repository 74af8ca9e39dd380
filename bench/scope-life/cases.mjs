/** The scope-life suite: one request after another, from the opening of its scope to the end of it. */
import { setImmediate } from 'node:timers/promises';
import { CALLS_PER_LIFE } from './happenings.mjs';

/** @import { Case } from '../measure.mjs' */
/** @import { Request } from './request.mjs' */

/** What an end leaves for later is done in the next turn, as in a server, and counts as well. */
const LIVES_PER_TURN = 20;

/**
 * @typedef {object} Contender
 * @property {() => Request} live one whole life; gives the instance that lived
 * @property {() => Promise<Request>} [liveAsync] the same with an end that is awaited
 * @property {() => void} announce reaches whatever still listens to the whole application
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {Contender} */
  const { live, liveAsync, announce } = await import(`./contenders/${name}.mjs`);
  /** @param {number} lives */
  const dispose = async (lives) => {
    for (let done = 0; done < lives; done += 1) {
      check(live(), name);
      if (done % LIVES_PER_TURN === 0) await setImmediate();
    }
    await checkEnded(live(), announce, name);
  };
  /** @type {Case[]} */
  const cases = [{ name: 'dispose', operations: 1, run: dispose }];
  if (liveAsync === undefined) return cases;
  /** @param {number} lives */
  const asyncDispose = async (lives) => {
    for (let done = 0; done < lives; done += 1) {
      check(await liveAsync(), name);
      if (done % LIVES_PER_TURN === 0) await setImmediate();
    }
    await checkEnded(await liveAsync(), announce, name);
  };
  return [...cases, { name: 'asyncDispose', operations: 1, run: asyncDispose }];
}

/**
 * @param {Request} request
 * @param {string} name
 */
function check(request, name) {
  if (request.calls !== CALLS_PER_LIFE)
    throw new Error(`${name} called ${request.calls} handlers in one life.`);
}

/**
 * @param {Request} request
 * @param {() => void} announce
 * @param {string} name
 */
async function checkEnded(request, announce, name) {
  announce();
  await setImmediate();
  if (request.announced !== 0) throw new Error(`${name} left a handler on the bus.`);
}
