/** The tasks suite: many generators in one game, those that sleep and those that go on in every tick. */

/** @import { Case } from '../measure.mjs' */

const TICK = 16;
const WALKERS = 100;

/**
 * @typedef {object} World
 * @property {(dt: number) => void} tick
 * @property {(count: number) => void} addSleepers tasks that wake in a year
 * @property {(count: number, step: () => void) => void} addWalkers tasks that go on in each tick
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {{ createWorld: () => World }} */
  const { createWorld } = await import(`./contenders/${name}.mjs`);
  return [
    createCase(createWorld(), 'walkers', 0),
    createCase(createWorld(), 'walkers beside 10,000 sleepers', 10_000),
  ];
}

/**
 * @param {World} world
 * @param {string} name
 * @param {number} sleepers
 * @returns {Case}
 */
function createCase(world, name, sleepers) {
  let steps = 0;
  world.addSleepers(sleepers);
  world.addWalkers(WALKERS, () => {
    steps += 1;
  });
  return {
    name,
    operations: WALKERS,
    run: (ticks) => {
      steps = 0;
      for (let tick = 0; tick < ticks; tick += 1) world.tick(TICK);
      if (steps !== ticks * WALKERS)
        throw new Error(`The walkers made ${steps} steps in ${ticks} ticks.`);
    },
  };
}
