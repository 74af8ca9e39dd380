/** The order of handlers against a search through every order that there is. */

import { describe, expect, it } from '@jest/globals';
import { CarillonError, On, ScopedEmitter } from 'carillon';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { fc } from '../support/properties.js';

class Rang {}

class Chimed extends Rang {}

interface Spec {
  readonly event: typeof Rang;
  readonly priority: number;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

type Edge = readonly [first: number, second: number];
type HandlerClass = new () => object;

const MOST = 5;
const others = fc.array(fc.nat({ max: MOST - 1 }), { maxLength: 2 });

function specs(...events: (typeof Rang)[]): fc.Arbitrary<Spec[]> {
  const priority = fc.integer({ min: -1, max: 1 });
  const spec = fc.record({
    event: fc.constantFrom(...events),
    priority,
    before: others,
    after: others,
  });
  return fc.array(spec, { minLength: 1, maxLength: MOST });
}

/** Classes of one handler each; a reference to a class that there is not goes to one that is never wired. */
function classesOf(list: readonly Spec[], heard: string[]): HandlerClass[] {
  const classes = Array.from({ length: MOST }, (_, index) => handlerClass(`H${index}`, heard));
  list.forEach(({ event, priority, before, after }, index) => {
    const { prototype } = classes[index] as { prototype: object };
    const refs = (indexes: readonly number[]) => indexes.map((one) => classes[one] as HandlerClass);
    const descriptor = Object.getOwnPropertyDescriptor(
      prototype,
      'hear',
    ) as TypedPropertyDescriptor<() => void>;
    On(event, { priority, before: refs(before), after: refs(after) })(
      prototype,
      'hear',
      descriptor,
    );
  });
  return classes.slice(0, list.length);
}

function handlerClass(name: string, heard: string[]): HandlerClass {
  const named = {
    [name]: class {
      hear() {
        heard.push(name);
      }
    },
  };
  return named[name] as HandlerClass;
}

function edgesOf(list: readonly Spec[]): Edge[] {
  const edges = list.flatMap(({ before, after }, index) => [
    ...before.map((other) => [index, other] as const),
    ...after.map((other) => [other, index] as const),
  ]);
  return edges.filter(([first, second]) => first !== second);
}

/** The first order, counted from priority and wiring, that keeps every constraint among those present. */
function expectedOrder(list: readonly Spec[], present: readonly number[]): number[] | undefined {
  const edges = edgesOf(list).filter((edge) => edge.every((end) => present.includes(end)));
  const priorityOf = (index: number) => (list[index] as Spec).priority;
  const ranked = [...present].sort(
    (a, b) => priorityOf(b) - priorityOf(a) || present.indexOf(a) - present.indexOf(b),
  );
  for (const order of permutations(ranked)) {
    if (edges.every(([first, second]) => order.indexOf(first) < order.indexOf(second)))
      return order;
  }
  return undefined;
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const item of items) {
    for (const rest of permutations(items.filter((other) => other !== item))) yield [item, ...rest];
  }
}

function namesOf(order: readonly number[]): string[] {
  return order.map((index) => `H${index}`);
}

/** Wires the class; returns what was thrown. */
function wire(container: Container, wired: HandlerClass): unknown {
  container.bind(wired).toSelf().inSingletonScope();
  try {
    container.get(wired);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the order of handlers', () => {
  it('E1 is that of priority and wiring, bent as little as before and after ask; a circle is refused by name', () => {
    fc.assert(
      fc.property(specs(Rang), (list) => {
        const heard: string[] = [];
        const { container } = rootContainer();
        const emitter = container.get(ScopedEmitter);
        const present: number[] = [];
        for (const [index, wired] of classesOf(list, heard).entries()) {
          const order = expectedOrder(list, [...present, index]);

          const error = wire(container, wired);

          if (order === undefined) expectCircle(error, edgesOf(list));
          else expect(error).toBeUndefined();
          if (order !== undefined) present.push(index);
          heard.length = 0;
          emitter.emit(new Rang());
          expect(heard).toEqual(namesOf(expectedOrder(list, present) as number[]));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('E1 E14 is one order for the handlers of a class and of its bases', () => {
    fc.assert(
      fc.property(specs(Rang, Chimed), (list) => {
        const all = list.map((_, index) => index);
        const ofBase = all.filter((index) => (list[index] as Spec).event === Rang);
        const order = expectedOrder(list, all);
        fc.pre(order !== undefined);
        const heard: string[] = [];
        const { container } = rootContainer();
        for (const wired of classesOf(list, heard)) wire(container, wired);

        container.get(ScopedEmitter).emit(new Chimed());
        const derived = heard.splice(0);
        container.get(ScopedEmitter).emit(new Rang());

        expect(derived).toEqual(namesOf(order));
        expect(heard).toEqual(namesOf(expectedOrder(list, ofBase) as number[]));
      }),
      { numRuns: 300 },
    );
  });
});

/** The names in the error must be a walk along constraints that ends where it began. */
function expectCircle(error: unknown, edges: readonly Edge[]): void {
  expect(error).toBeInstanceOf(CarillonError);
  expect(error).toMatchObject({ code: 'CAR4003' });
  const walk =
    /cannot be ordered: (.+)\. Drop one/.exec((error as Error).message)?.[1]?.split(' before ') ??
    [];
  const steps = walk.slice(1).map((name, index) => `${walk[index]} ${name}`);
  expect(steps.length).toBeGreaterThan(1);
  expect(walk[0]).toBe(walk.at(-1));
  expect(edges.map(([first, second]) => `H${first}.hear H${second}.hear`)).toEqual(
    expect.arrayContaining(steps),
  );
}
