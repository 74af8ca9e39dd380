/** As much of Jest as the core's tests use, for a page: it collects the tests, runs them one after another, and tells what failed. */

type Run = (...args: unknown[]) => unknown;

interface Asymmetric {
  readonly matches: (value: unknown) => boolean;
}

const tests: { readonly title: string; readonly run: Run }[] = [];
const groups: string[] = [];

export function describe(title: string, declare: () => void): void {
  groups.push(title);
  declare();
  groups.pop();
}

export function it(title: string, run: Run): void {
  collect(title, run);
}

function collect(title: string, run: Run): void {
  tests.push({ title: [...groups, title].join(' › '), run });
}

it.each = (rows: readonly unknown[]) => (title: string, run: Run) => {
  for (const [index, row] of rows.entries())
    collect(`${title} (${index + 1})`, () => run(...argumentsOf(row)));
};

describe.each = (rows: readonly unknown[]) => (title: string, declare: Run) => {
  for (const [index, row] of rows.entries())
    describe(`${title} (${index + 1})`, () => void declare(...argumentsOf(row)));
};

function argumentsOf(row: unknown): unknown[] {
  return Array.isArray(row) ? row : [row];
}

/** Runs everything that was declared. */
export async function runTests(): Promise<{
  readonly passed: number;
  readonly failed: readonly string[];
}> {
  const failed: string[] = [];
  for (const { title, run } of tests) {
    try {
      await run();
    } catch (error) {
      failed.push(`${title}: ${String(error)}`);
    }
  }
  return { passed: tests.length - failed.length, failed };
}

export function expect(value: unknown) {
  return {
    ...matchers(value, true),
    not: matchers(value, false),
    resolves: later(async () => value),
    rejects: later(async () => {
      try {
        await value;
      } catch (error) {
        return error;
      }
      throw new Error('The promise was kept.');
    }),
  };
}

expect.objectContaining = (part: object): Asymmetric => ({
  matches: (value) => contains(value, part),
});
expect.stringContaining = (part: string): Asymmetric => ({
  matches: (value) => String(value).includes(part),
});
expect.stringMatching = (part: RegExp): Asymmetric => ({
  matches: (value) => part.test(String(value)),
});

function matchers(value: unknown, wanted: boolean) {
  const check = (holds: boolean, what: string) => {
    if (holds !== wanted) throw new Error(`${show(value)} ${wanted ? 'is not' : 'is'} ${what}`);
  };
  return {
    toBe: (other: unknown) => check(Object.is(value, other), show(other)),
    toEqual: (other: unknown) => check(equals(value, other), show(other)),
    toMatchObject: (part: object) => check(contains(value, part), `an object with ${show(part)}`),
    toContain: (part: unknown) =>
      check((value as unknown[]).includes(part), `something with ${show(part)}`),
    toHaveLength: (length: number) =>
      check((value as unknown[]).length === length, `of length ${length}`),
    toBeUndefined: () => check(value === undefined, 'undefined'),
    toThrow: (expected?: unknown) => {
      try {
        (value as () => unknown)();
      } catch (error) {
        check(
          isExpected(error, expected),
          `a function that throws ${show(expected)}, but ${String(error)}`,
        );
        return;
      }
      check(false, 'a function that throws');
    },
  };
}

/** The same matchers, for what a promise comes to. */
function later(settled: () => Promise<unknown>) {
  const names = Object.keys(matchers(undefined, true)) as (keyof ReturnType<typeof matchers>)[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (other: never) => {
        const value = await settled();
        matchers(name === 'toThrow' ? () => fail(value) : value, true)[name](other);
      },
    ]),
  );
}

function fail(error: unknown): never {
  throw error;
}

function isExpected(error: unknown, expected: unknown): boolean {
  if (expected === undefined) return true;
  if (typeof expected === 'string') return String(error).includes(expected);
  if (expected instanceof RegExp) return expected.test(String(error));
  return equals(error, expected);
}

function equals(a: unknown, b: unknown): boolean {
  if (isAsymmetric(b)) return b.matches(a);
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equals(a[key], b[key]));
}

function contains(value: unknown, part: unknown): boolean {
  if (isAsymmetric(part) || !isObject(part)) return equals(value, part);
  if (!isObject(value)) return false;
  if (Array.isArray(part) && (value as unknown as unknown[]).length !== part.length) return false;
  return Object.entries(part).every(([key, wanted]) => contains(value[key], wanted));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAsymmetric(value: unknown): value is Asymmetric {
  return isObject(value) && Object.keys(value).join() === 'matches';
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
