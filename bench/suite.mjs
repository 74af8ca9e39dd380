/** Runs the contenders of one suite in turn, so that a slow minute of the machine is shared by all of them. */
import { Contender } from './contender.mjs';

/**
 * @typedef {object} Pace
 * @property {number} processes how many processes each contender has, one after another: no two compile it alike
 * @property {number} warmups rounds of a process that do not count
 * @property {number} rounds rounds of it that do
 * @property {number} milliseconds the length of a round
 */

/** @typedef {Map<string, Map<string, number[]>>} Results the nanoseconds of each round, by contender, then by case */

/**
 * @param {string} suite the folder of its cases
 * @param {readonly string[]} names
 * @param {Pace} pace
 * @returns {Promise<Results>}
 */
export async function runSuite(suite, names, { processes, ...pace }) {
  /** @type {Results} */
  const results = new Map(names.map((name) => [name, new Map()]));
  for (let index = 0; index < processes; index += 1) await runProcesses(suite, results, pace);
  return results;
}

/**
 * @param {string} suite
 * @param {Results} results
 * @param {Omit<Pace, 'processes'>} pace
 */
async function runProcesses(suite, results, { warmups, rounds, milliseconds }) {
  const contenders = [...results.keys()].map((name) => new Contender(suite, name));
  try {
    await Promise.all(contenders.map((contender) => contender.ready()));
    for (let round = 0; round < warmups; round += 1) await runRound(contenders, milliseconds);
    for (let round = 0; round < rounds; round += 1)
      await runRound(contenders, milliseconds, results);
  } finally {
    for (const contender of contenders) contender.end();
  }
}

/**
 * @param {readonly Contender[]} contenders
 * @param {number} milliseconds
 * @param {Results} [results] where the times go, if they count
 */
async function runRound(contenders, milliseconds, results) {
  const cases = new Set(contenders.flatMap((contender) => contender.cases));
  for (const name of cases) {
    for (const contender of contenders) {
      if (!contender.cases.includes(name)) continue;
      const time = await contender.round(name, milliseconds);
      const times = results?.get(contender.name);
      times?.set(name, [...(times.get(name) ?? []), time]);
    }
  }
}
