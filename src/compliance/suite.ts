/** Suites that others run against their own engines: cases by name, each left out where a capability is missing. */

/** One case of a suite. */
export interface SuiteCase<World> {
  readonly title: string;
  /** The capabilities without which it is left out. */
  readonly needs?: readonly string[];
  /** Milliseconds that it may take. Default 30000: engines on a busy machine take their time. */
  readonly timeout?: number;
  run(world: World): Promise<void>;
}

/** What the suite expects of the test runner: Jest, Vitest, Mocha with `expect`, and any other that has these globals. */
interface Runner {
  describe(name: string, body: () => void): void;
  it: ((title: string, body: () => Promise<void>, timeout: number) => void) & {
    skip(title: string, body: () => void): void;
  };
  afterAll(body: () => void): void;
  readonly console: { info(text: string): void };
}

/** How often a case has expected something. */
let expectations = 0;

/**
 * Makes a test of each case, with a world of its own that is closed whatever happens. A case that expects nothing fails; one that is run again is
 * printed.
 *
 * @param has whether the engine has the capability
 * @throws Error for two cases of one title
 */
export function defineSuite<World extends { close(): Promise<void> }>(
  name: string,
  cases: readonly SuiteCase<World>[],
  create: () => World | Promise<World>,
  has: (capability: string) => boolean,
): void {
  const { describe, it, afterAll, console } = globalThis as unknown as Runner;
  const twice = cases.find(
    ({ title }, index) => cases.findIndex((other) => other.title === title) !== index,
  );
  if (twice !== undefined) throw new Error(`${name} has two cases "${twice.title}".`);
  const leftOut: string[] = [];
  let open = 0;
  describe(name, () => {
    for (const { title, needs = [], timeout = 30_000, run } of cases) {
      const missing = needs.filter((capability) => !has(capability));
      // What is asked of engines that lack something is nothing that the others are left out of.
      if (missing.some((capability) => capability.startsWith('no '))) continue;
      if (missing.length > 0) {
        const text = `${title} (left out: ${missing.join(', ')})`;
        leftOut.push(text);
        it.skip(text, () => undefined);
        continue;
      }
      let runs = 0;
      it(
        title,
        async () => {
          runs += 1;
          // What passes only when its runner tries it again is not to pass unseen.
          if (runs > 1) report(`${name}: run ${runs} times: ${title}`);
          const world = await create();
          open += 1;
          const before = expectations;
          try {
            await run(world);
            if (expectations === before) throw new Error('The case expects nothing.');
          } finally {
            await world.close();
            open -= 1;
          }
        },
        timeout,
      );
    }

    afterAll(() => {
      if (leftOut.length > 0)
        console.info(
          `${name} was not asked for:\n${leftOut.map((text) => `  ${text}`).join('\n')}`,
        );
      if (open !== 0) throw new Error(`${open} case(s) of ${name} were not cleaned up after.`);
    });
  });
}

/** Prints what a case has counted. */
export function report(text: string): void {
  (globalThis as unknown as Runner).console.info(text);
}

/** The assertions of the runner, as far as the suites use them. */
export interface Assertion {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeInstanceOf(expected: unknown): void;
  toHaveLength(expected: number): void;
  toThrow(expected: string): void;
  readonly rejects: { toMatchObject(expected: object): Promise<void> };
  readonly resolves: { toBe(expected: unknown): Promise<void> };
}

/** The runner's own `expect`. */
export function expect(value: unknown): Assertion {
  expectations += 1;
  return (globalThis as unknown as { expect(value: unknown): Assertion }).expect(value);
}
