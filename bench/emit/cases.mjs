/** The emit suite: fifty emitters of one library, emitted to in turn, for each number of handlers. */
import { listenerClasses, Measured } from './listeners.mjs';

/** @import { Case } from '../measure.mjs' */
/** @import { Listener, ListenerClass } from './listeners.mjs' */

const EMITTERS = 50;
const HANDLER_COUNTS = [0, 1, 3, 10, 100];

/**
 * @typedef {object} Library
 * @property {(classes: readonly ListenerClass[]) => { emitter: unknown, listeners: readonly Listener[] }} createEmitter
 * @property {(emitters: readonly unknown[], event: Measured, passes: number) => void | Promise<void>} emitAll emits that often to each
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {Library} */
  const library = await import(`./libraries/${name}.mjs`);
  return HANDLER_COUNTS.map((count) => createCase(library, name, count));
}

/**
 * @param {Library} library
 * @param {string} name
 * @param {number} count
 * @returns {Case}
 */
function createCase(library, name, count) {
  const members = Array.from({ length: EMITTERS }, (_, index) =>
    library.createEmitter(listenerClasses(index, count)),
  );
  const emitters = members.map(({ emitter }) => emitter);
  const listeners = members.flatMap((member) => member.listeners);
  if (listeners.length !== EMITTERS * count)
    throw new Error(`${name} built ${listeners.length} listeners.`);
  return {
    name: String(count),
    operations: EMITTERS,
    run: async (passes) => {
      await library.emitAll(emitters, new Measured(1), passes);
      for (const listener of listeners) check(listener, passes, name);
    },
  };
}

/**
 * @param {Listener} listener
 * @param {number} passes
 * @param {string} name
 */
function check(listener, passes, name) {
  const { sum } = listener;
  listener.sum = 0;
  if (sum !== passes)
    throw new Error(
      `${name} called a ${listener.constructor.name} ${sum} times in ${passes} emits.`,
    );
}
