/** What each request builds and hears: an event, and two classes with one handler each. */

/** How often which handler was called in this process, and how many requests were served. */
export const counts = { requests: 0, added: 0, noted: 0 };

export class ItemAdded {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
  }
}

export class Basket {
  /** @type {string[]} */
  items = [];

  /** @param {ItemAdded} event */
  add({ id }) {
    counts.added += 1;
    this.items.push(id);
  }
}

export class Log {
  /** @type {string[]} */
  lines = [];

  /** @param {ItemAdded} event */
  note({ id }) {
    counts.noted += 1;
    this.lines.push(id);
  }
}

/**
 * What the client gets.
 *
 * @param {Basket} basket
 * @param {Log} log
 */
export function answerOf(basket, log) {
  counts.requests += 1;
  return { items: basket.items, lines: log.lines };
}
