/** Declares suites of named cases, each left out where a capability is missing. */

/** One case of a suite. */
export interface SuiteCase<World> {
  readonly title: string;
  /** The capabilities that it needs; without them it is left out. */
  readonly needs?: readonly string[];
  /** Its time limit in milliseconds. Default 300000: a case that kills processes is slow on a busy machine. */
  readonly timeout?: number;
  run(world: World): Promise<void>;
}

/** The globals of the test runner: Jest, Vitest, Mocha with `expect`, or any other that has them. */
interface Runner {
  describe(name: string, body: () => void): void;
  it: ((title: string, body: () => Promise<void>, timeout: number) => void) & {
    skip(title: string, body: () => void): void;
  };
  afterAll(body: () => Promise<void>, timeout: number): void;
  readonly console: { info(text: string): void };
}

/** Milliseconds that the clean-up after cases which had no end may take. */
const CLEAN_UP = 120_000;

/** How many expectations there were so far. */
let expectations = 0;

/**
 * Makes a test of each case, with a world of its own that is closed whatever happens. A case that expects nothing fails. A case that the
 * runner repeats is printed.
 *
 * @param has whether the engine has the capability
 * @throws Error for two cases of one title
 */
export function defineSuite<World extends Closable>(
  name: string,
  cases: readonly SuiteCase<World>[],
  create: () => World | Promise<World>,
  has: (capability: string) => boolean,
): void {
  assertDistinct(name, cases);
  const { describe, it, afterAll } = globalThis as unknown as Runner;
  const worlds = new Worlds(create);
  const leftOut: string[] = [];
  describe(name, () => {
    for (const one of cases) {
      const { title, needs = [], timeout = 300_000 } = one;
      const missing = needs.filter((capability) => !has(capability));
      // A case for engines that lack something is not left out for the others: it does not apply.
      if (missing.some((capability) => capability.startsWith('no '))) continue;
      if (missing.length === 0) {
        it(title, testOf(name, one, worlds), timeout);
        continue;
      }
      const text = `${title} (left out: ${missing.join(', ')})`;
      leftOut.push(text);
      it.skip(text, () => undefined);
    }

    afterAll(async () => {
      if (leftOut.length > 0)
        report(`${name} was not asked for:\n${leftOut.map((text) => `  ${text}`).join('\n')}`);
      const left = await worlds.close();
      if (left !== 0) throw new Error(`${left} case(s) of ${name} were not cleaned up after.`);
    }, CLEAN_UP);
  });
}

function assertDistinct(name: string, cases: readonly SuiteCase<never>[]): void {
  const twice = cases.find(
    ({ title }, index) => cases.findIndex((other) => other.title === title) !== index,
  );
  if (twice !== undefined) throw new Error(`${name} has two cases "${twice.title}".`);
}

interface Closable {
  close(): Promise<void>;
}

/** Keeps the worlds that are open: a case whose time is over still has its own. */
class Worlds<World extends Closable> {
  readonly #open = new Set<World>();
  readonly #create: () => World | Promise<World>;

  constructor(create: () => World | Promise<World>) {
    this.#create = create;
  }

  async use(body: (world: World) => Promise<void>): Promise<void> {
    const world = await this.#create();
    this.#open.add(world);
    try {
      await body(world);
    } finally {
      if (this.#open.has(world)) await world.close();
      this.#open.delete(world);
    }
  }

  /** Closes those that are left, so that nothing stays in an engine. Returns how many. */
  async close(): Promise<number> {
    const left = [...this.#open];
    this.#open.clear();
    await Promise.allSettled(left.map((world) => world.close()));
    return left.length;
  }
}

function testOf<World extends Closable>(
  suite: string,
  { title, run }: SuiteCase<World>,
  worlds: Worlds<World>,
): () => Promise<void> {
  let runs = 0;
  return () => {
    runs += 1;
    // A case that passes only when the runner repeats it must not pass unseen.
    if (runs > 1) report(`${suite}: run ${runs} times: ${title}`);
    return worlds.use(async (world) => {
      const before = expectations;
      await run(world);
      if (expectations === before) throw new Error('The case expects nothing.');
    });
  };
}

/** Prints a line through the runner. */
export function report(text: string): void {
  (globalThis as unknown as Runner).console.info(text);
}

/** The assertions of the runner that the suites use. */
export interface Assertion {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toStrictEqual(expected: unknown): void;
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
