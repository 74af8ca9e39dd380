/** The class that lives as long as one request: five handlers, wired by nobody yet. */

/** @import { Advanced } from './happenings.mjs' */

export class Request {
  calls = 0;
  steps = 0;
  announced = 0;

  open() {
    this.calls += 1;
  }

  /** @param {Advanced} event */
  advance(event) {
    this.calls += 1;
    this.steps += event.step;
  }

  logAdvance() {
    this.calls += 1;
  }

  finish() {
    this.calls += 1;
  }

  announce() {
    this.announced += 1;
  }
}
