/** What happens in one life: three events of the request's own, and one of the whole application that never comes. */

export class Opened {}

export class Advanced {
  /** @param {number} step */
  constructor(step) {
    this.step = step;
  }
}

export class Finished {}

export class Announced {}

/** How many handlers the three events of one life reach: `Advanced` has two. */
export const CALLS_PER_LIFE = 4;
