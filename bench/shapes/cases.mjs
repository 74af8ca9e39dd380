/** The shapes of programs: one emitter and many, few handler classes and thirty, and each way to name an event or to write a handler. */
import { handlerKinds, Measured } from './classes.mjs';

/** @import { Case } from '../measure.mjs' */
/** @import { Handler, HandlerKind, Method } from './classes.mjs' */

const HANDLER_COUNTS = [1, 3, 10];

/**
 * @typedef {object} Member
 * @property {unknown} emitter
 * @property {readonly Handler[]} handlers
 */

/**
 * @typedef {object} Library
 * @property {Method} [method] what its handlers are; default `'plain'`
 * @property {readonly number[]} [emitterCounts] default one, fifty and a thousand
 * @property {(kinds: readonly HandlerKind[]) => (kinds: readonly HandlerKind[]) => Member} createBuilder gets all classes first, then those of one emitter
 * @property {(emitters: readonly never[], event: Measured, passes: number) => void | Promise<void>} sendAll sends that often to each
 */

/**
 * @param {string} contender a library and the number of handler classes: `'nanoevents 30'`
 * @returns {Promise<Case[]>}
 */
export async function createCases(contender) {
  const [name = '', classCount] = contender.split(' ');
  /** @type {Library} */
  const library = await import(`./contenders/${name}.mjs`);
  const { emitterCounts = [1, 50, 1000] } = library;
  const kinds = await handlerKinds(Number(classCount), library.method ?? 'plain');
  const build = library.createBuilder(kinds);
  return emitterCounts.flatMap((emitterCount) =>
    HANDLER_COUNTS.map((handlerCount) => {
      const members = Array.from({ length: emitterCount }, (_, index) =>
        build(someOf(kinds, index, handlerCount)),
      );
      return createCase(`${emitterCount} × ${handlerCount}`, library, members);
    }),
  );
}

/**
 * The classes of one emitter's handlers: each emitter begins with another class.
 *
 * @param {readonly HandlerKind[]} kinds
 * @param {number} first
 * @param {number} count
 */
function someOf(kinds, first, count) {
  return Array.from(
    { length: count },
    (_, index) => /** @type {HandlerKind} */ (kinds[(first + index) % kinds.length]),
  );
}

/**
 * @param {string} name
 * @param {Library} library
 * @param {readonly Member[]} members
 * @returns {Case}
 */
function createCase(name, library, members) {
  const emitters = members.map(({ emitter }) => /** @type {never} */ (emitter));
  const handlers = members.flatMap((member) => member.handlers);
  return {
    name,
    operations: emitters.length,
    run: async (passes) => {
      await library.sendAll(emitters, new Measured(1), passes);
      for (const handler of handlers) {
        const { sum } = handler;
        handler.sum = 0;
        if (sum !== passes)
          throw new Error(`A handler was called ${sum} times in ${passes} passes.`);
      }
    },
  };
}
