/** The unsubscribe suite: a thousand handlers of one event are taken away, where there are no others and where there are many. */

/** @import { Case } from '../measure.mjs' */

const REMOVED = 1000;
const HANDLERS = [1000, 100_000];

/**
 * @typedef {object} Emitter
 * @property {(handler: () => void) => () => void} on returns what takes the handler away
 * @property {() => void} emit
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {{ createEmitter: () => Emitter }} */
  const { createEmitter } = await import(`./contenders/${name}.mjs`);
  return HANDLERS.map((count) => createCase(createEmitter, name, count));
}

/**
 * @param {() => Emitter} createEmitter
 * @param {string} name
 * @param {number} count
 * @returns {Case}
 */
function createCase(createEmitter, name, count) {
  /** @type {{ emitter: Emitter, removals: (() => void)[] }[]} */
  let worlds = [];
  let called = 0;
  const build = () => {
    const emitter = createEmitter();
    // A handler of its own for each: some libraries know a function only once.
    const removals = Array.from({ length: count }, () =>
      emitter.on(() => {
        called += 1;
      }),
    );
    return { emitter, removals: spread(removals) };
  };
  const check = () => {
    for (const { emitter, removals } of worlds) {
      called = 0;
      emitter.emit();
      if (called !== removals.length)
        throw new Error(`${name} called ${called} handlers, and ${removals.length} are there.`);
    }
  };
  return {
    name: `of ${count.toLocaleString('en')}`,
    operations: REMOVED,
    prepare: (passes) => {
      check();
      // Each emitter lends a thousand of its handlers for as many passes as it can.
      const lends = count / REMOVED;
      worlds = Array.from({ length: Math.ceil(passes / lends) }, build);
    },
    run: (passes) => {
      for (let pass = 0, world = 0; pass < passes; pass += 1) {
        if (worlds[world]?.removals.length === 0) world += 1;
        for (const remove of worlds[world]?.removals.splice(-REMOVED) ?? []) remove();
      }
    },
  };
}

/**
 * In an order that goes through the whole of it again and again.
 *
 * @template T
 * @param {readonly T[]} items
 */
function spread(items) {
  const step = 7919;
  return items.map((_, index) => /** @type {T} */ (items[(index * step) % items.length]));
}
