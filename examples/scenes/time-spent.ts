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
  /** Beside the steps: what it took to wire scenes and to begin their tasks, and to end both. */
  changes = 0;

  add({ steps, total, physics, changes }: TimeSpent): this {
    this.steps += steps;
    this.total += total;
    this.physics += physics;
    this.changes += changes;
    return this;
  }

  /** Microseconds that a step has taken. */
  get each(): number {
    return (1000 * this.total) / this.steps;
  }

  /** What events have taken of the steps, in percent. */
  get share(): number {
    return (100 * (this.total - this.physics)) / this.total;
  }

  /** What they have taken of steps and changes together, in percent. */
  get shareWithChanges(): number {
    const { changes, physics, total } = this;
    return (100 * (total + changes - physics)) / (total + changes);
  }
}
