/** The topics suite: one pattern hears, beside few and beside many that do not. */

/** @import { Case } from '../measure.mjs' */

const OTHERS = [10, 100_000];

/**
 * @typedef {object} Emitter
 * @property {(pattern: string, handler: () => void) => void} on
 * @property {(topic: string) => void} emit
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {{ createEmitter: () => Emitter }} */
  const { createEmitter } = await import(`./contenders/${name}.mjs`);
  return OTHERS.flatMap((others) => {
    let heard = 0;
    const emitter = createEmitter();
    emitter.on('a.*.c', () => {
      heard += 1;
    });
    for (let index = 0; index < others; index += 1)
      emitter.on(`other${index}.*.c`, () => undefined);
    let next = 0;
    /**
     * @param {string} title
     * @param {() => string} topic
     * @returns {Case}
     */
    const caseOf = (title, topic) => ({
      name: `${title}, ${others.toLocaleString('en')} others`,
      operations: 1,
      run: (passes) => {
        heard = 0;
        for (let pass = 0; pass < passes; pass += 1) emitter.emit(topic());
        if (heard !== passes)
          throw new Error(`${name} called its handler ${heard} times in ${passes}.`);
      },
    });
    return [
      caseOf('one topic', () => 'a.b.c'),
      caseOf('new topics', () => {
        next += 1;
        return `a.b${next}.c`;
      }),
    ];
  });
}
