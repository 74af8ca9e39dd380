/** Real turns of the event loop, also where a runner has put fake timers in their place. */

interface Platform {
  setImmediate?(callback: () => void): unknown;
  setTimeout(callback: () => void, delay: number): unknown;
  readonly performance: { now(): number };
}

const platform = globalThis as unknown as Platform;
const { setImmediate: immediate, setTimeout: timeout } = platform;
const { performance } = platform;
const realNow = performance.now.bind(performance);

/** Lets everything run that waits for nothing but its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) =>
    immediate === undefined ? timeout(resolve, 0) : immediate(resolve),
  );
}

/** Lets a moment of real time pass, for what is done outside of the process. */
export function moment(): Promise<void> {
  return new Promise((resolve) => timeout(resolve, 2));
}

/** Real milliseconds. */
export { realNow };
