/** The scheduler suite: ten thousand sleepers on one clock, which a game moves by sixteen milliseconds in each tick. */

/** @import { Case } from '../measure.mjs' */

const TICK = 16;
const MINUTE = 60_000;

/**
 * @typedef {object} DrivenClock
 * @property {() => number} now
 * @property {(callback: () => void, delay: number) => unknown} schedule
 * @property {(timer: never) => void} cancel
 * @property {(dt: number) => void} tick
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {{ createClock: () => DrivenClock, SLEEPERS?: number }} */
  const { createClock, SLEEPERS = 10_000 } = await import(`./clocks/${name}.mjs`);
  const cases = [asleep(createClock(), SLEEPERS)];
  return SLEEPERS === 0
    ? cases
    : [...cases, waking(createClock(), SLEEPERS), restarted(createClock(), SLEEPERS)];
}

/**
 * Ticks in which nobody wakes.
 *
 * @param {DrivenClock} clock
 * @param {number} sleepers
 * @returns {Case}
 */
function asleep(clock, sleepers) {
  const random = randomNumbers();
  let woken = 0;
  for (let index = 0; index < sleepers; index += 1)
    clock.schedule(() => (woken += 1), 1e12 + random() * 1e12);
  return {
    name: 'asleep',
    operations: 1,
    run: (ticks) => {
      for (let tick = 0; tick < ticks; tick += 1) clock.tick(TICK);
      if (woken > 0) throw new Error(`${woken} sleepers woke.`);
    },
  };
}

/**
 * Each sleeper sleeps for up to a minute, again and again; the time is that of one waking and falling asleep, ticks included.
 *
 * @param {DrivenClock} clock
 * @param {number} sleepers
 * @returns {Case}
 */
function waking(clock, sleepers) {
  const random = randomNumbers();
  let woken = 0;
  const sleep = () => {
    clock.schedule(() => {
      woken += 1;
      sleep();
    }, random() * MINUTE);
  };
  for (let index = 0; index < sleepers; index += 1) sleep();
  return {
    name: 'waking',
    operations: 1,
    run: (wakings) => {
      woken = 0;
      for (let ticks = 0; woken < wakings; ticks += 1) {
        if (ticks > wakings * 100 + MINUTE) throw new Error('The sleepers do not wake.');
        clock.tick(TICK);
      }
    },
  };
}

/**
 * Timers that are cancelled and set again before they ring, as a debounce does.
 *
 * @param {DrivenClock} clock
 * @param {number} sleepers
 * @returns {Case}
 */
function restarted(clock, sleepers) {
  const random = randomNumbers();
  let rung = 0;
  const set = () => clock.schedule(() => (rung += 1), MINUTE + random() * MINUTE);
  const timers = Array.from({ length: sleepers }, set);
  return {
    name: 'restarted',
    operations: sleepers,
    run: (passes) => {
      for (let pass = 0; pass < passes; pass += 1) {
        for (let index = 0; index < sleepers; index += 1) {
          clock.cancel(/** @type {never} */ (timers[index]));
          timers[index] = set();
        }
        clock.tick(TICK);
      }
      if (rung > 0) throw new Error(`${rung} cancelled timers rang.`);
    },
  };
}

/** The same numbers for everybody: a linear congruential generator (Numerical Recipes, 1986). */
function randomNumbers() {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
