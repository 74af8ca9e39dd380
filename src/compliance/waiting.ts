/** What cases wait with: recorded items, gates, and conditions that are polled. */

/** Keeps what a subscriber receives, and lets a case wait for it. */
export class Recorder<T = unknown> {
  readonly items: T[] = [];
  readonly #waiting = new Set<() => void>();

  /** Takes an item; what a case subscribes. */
  readonly record = (item: T): void => {
    this.items.push(item);
    for (const look of this.#waiting) look();
  };

  /** Resolves with all items once there are that many. */
  async count(count: number): Promise<readonly T[]> {
    await this.until(() => this.items.length >= count);
    return this.items;
  }

  /** Resolves once the condition holds; it is checked at each item. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A promise that the case resolves. */
export class Gate {
  open!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Asks again and again until the answer is yes; the runner's time limit ends it. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await lasting(10);
}

/** Lets that many real milliseconds pass: how long something lasts, never how long it may take. */
export function lasting(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setRealTimeout(resolve, milliseconds));
}

/** How many milliseconds an engine may be early for a {@link stopwatch}: it counts in whole ones, by a clock of its own. */
export const OTHER_CLOCK = 20;

/**
 * Returns a function that tells how many milliseconds have passed since. The date would not do, which is set while a test runs.
 * A pause of the process makes a time longer, never shorter: begun before the call, it shows what is early, and nothing else.
 */
export function stopwatch(): () => number {
  const begun = readRealTime();
  return () => readRealTime() - begun;
}

interface Platform {
  readonly performance: { now(): number };
  setTimeout(callback: () => void, delay: number): unknown;
}

// Taken at the start: a runner may put fake timers in their place.
const { performance, setTimeout: setRealTimeout } = globalThis as unknown as Platform;
const readRealTime = performance.now.bind(performance);
