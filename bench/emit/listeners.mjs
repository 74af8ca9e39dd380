/** Who listens: five classes that differ in shape and in work, so that a call of `hear` goes to many targets, as in a program. */

/** The event. */
export class Measured {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/**
 * @typedef {object} Listener
 * @property {number} sum of all values heard: one for each call, which is how calls are counted
 * @property {(event: Measured) => void} hear
 * @property {() => (event: Measured) => void} listener the function to subscribe where a library takes functions
 */

/** @typedef {new () => Listener} ListenerClass */

class Total {
  sum = 0;

  /** @param {Measured} event */
  hear(event) {
    this.sum += event.value;
  }

  listener() {
    return (/** @type {Measured} */ event) => this.hear(event);
  }
}

class Peak {
  peak = 0;
  sum = 0;

  /** @param {Measured} event */
  hear(event) {
    this.sum += event.value;
    if (event.value > this.peak) this.peak = event.value;
  }

  listener() {
    return (/** @type {Measured} */ event) => this.hear(event);
  }
}

class Latest {
  /** @type {Measured | undefined} */
  latest = undefined;
  sum = 0;

  /** @param {Measured} event */
  hear(event) {
    this.latest = event;
    this.sum += event.value;
  }

  listener() {
    return (/** @type {Measured} */ event) => this.hear(event);
  }
}

class Blinker {
  lit = false;
  sum = 0;

  /** @param {Measured} event */
  hear(event) {
    this.lit = !this.lit;
    this.sum += event.value;
  }

  listener() {
    return (/** @type {Measured} */ event) => this.hear(event);
  }
}

class Bounded {
  limit = 1000;
  refused = 0;
  sum = 0;

  /** @param {Measured} event */
  hear(event) {
    if (event.value > this.limit) this.refused += 1;
    else this.sum += event.value;
  }

  listener() {
    return (/** @type {Measured} */ event) => this.hear(event);
  }
}

/** @type {readonly ListenerClass[]} */
export const LISTENER_CLASSES = [Total, Peak, Latest, Blinker, Bounded];

/**
 * The classes of one emitter's listeners: each emitter begins with another class.
 *
 * @param {number} emitter its number
 * @param {number} count
 */
export function listenerClasses(emitter, count) {
  const { length } = LISTENER_CLASSES;
  return Array.from(
    { length: count },
    (_, index) => /** @type {ListenerClass} */ (LISTENER_CLASSES[(emitter + index) % length]),
  );
}

/**
 * Builds a listener of each class and subscribes it.
 *
 * @param {readonly ListenerClass[]} classes
 * @param {(listener: Listener) => unknown} subscribe
 */
export function subscribeEach(classes, subscribe) {
  return classes.map((ListenerOf) => {
    const listener = new ListenerOf();
    subscribe(listener);
    return listener;
  });
}
