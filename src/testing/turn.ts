/** Real turns of the event loop, even where a runner has replaced the timers. */

interface Platform {
  setImmediate?(callback: () => void): unknown;
  setTimeout(callback: () => void, delay: number): unknown;
  readonly performance: { now(): number };
}

const platform = globalThis as unknown as Platform;
const { setImmediate: immediate, setTimeout: timeout } = platform;
const { performance } = platform;
const realNow = performance.now.bind(performance);

/** Lets pending work run. */
export function turn(): Promise<void> {
  return new Promise((resolve) =>
    immediate === undefined ? timeout(resolve, 0) : immediate(resolve),
  );
}

/** Lets two real milliseconds pass, for work outside of the process. */
export function moment(): Promise<void> {
  return new Promise((resolve) => timeout(resolve, 2));
}

/** Real milliseconds. */
export { realNow };
