/** Handler classes of a program: each has a method of its own name and is subscribed on a line of its own, so that V8 cannot take them for one. */

/** The event. */
export class Measured {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/**
 * @typedef {object} Handler
 * @property {number} sum of all values heard: one for each call, which is how calls are counted
 */

/**
 * @typedef {object} HandlerKind
 * @property {new () => Handler} HandlerClass
 * @property {string} method the name of its method
 * @property {(handler: Handler) => (event: Measured) => void} listener the function to subscribe where a library takes functions
 */

/** What the methods are: with the payload alone, with the delivery as well, or asynchronous. */
const METHODS = {
  plain: (/** @type {number} */ index) => `hear${index}(event) { this.sum += event.value; }`,
  delivery: (/** @type {number} */ index) =>
    `hear${index}(event, delivery) { if (delivery !== undefined) this.sum += event.value; }`,
  async: (/** @type {number} */ index) => `async hear${index}(event) { this.sum += event.value; }`,
};

/** @typedef {keyof typeof METHODS} Method */

/**
 * So many classes. Their text is put together here; what is loaded is a module like any other.
 *
 * @param {number} count
 * @param {Method} method
 * @returns {Promise<readonly HandlerKind[]>}
 */
export async function handlerKinds(count, method) {
  const texts = Array.from(
    { length: count },
    (_, index) => `class Handler${index} {
  sum = 0;
  own${index} = ${index};
  ${METHODS[method](index)}
}
kinds.push({
  HandlerClass: Handler${index},
  method: 'hear${index}',
  listener: (handler) => (event) => handler.hear${index}(event),
});
`,
  );
  const source = `export const kinds = [];\n${texts.join('')}`;
  const { kinds } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  return kinds;
}
