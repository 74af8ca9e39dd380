/** Where the time of the steps goes. */

/** At hand, because Node looks the global up anew each time. */
const watch = performance;

/** Milliseconds since any fixed moment. */
export function now(): number {
  return watch.now();
}

/** Milliseconds of some steps. */
export class TimeSpent {
  steps = 0;
  total = 0;
  /** What the physics has taken of them; the rest are events. */
  physics = 0;

  add({ steps, total, physics }: TimeSpent): this {
    this.steps += steps;
    this.total += total;
    this.physics += physics;
    return this;
  }

  /** Microseconds that a step has taken. */
  get each(): number {
    return (1000 * this.total) / this.steps;
  }

  /** What events have taken, in percent. */
  get share(): number {
    return (100 * (this.total - this.physics)) / this.total;
  }
}
