/** The places of a program from which events are sent, so that each is told once. */
import type { EventKey } from '../../decorators/event-key.js';

/** How many places are reported: a program that has more knows already. */
const LIMIT = 1000;

/** How many lines of a stack are searched for the caller. */
const DEPTH = 200;

/** What engines have, though no standard yet says so. */
interface StackTraces {
  stackTraceLimit?: number;
  /** Writes the stack into the target, as it is below that function; an empty one where it is not on the stack. */
  captureStackTrace?(target: object, below: unknown): void;
}

/** A line of a stack, as engines write it. */
const LINE = /^\s+at |@.*:\d+:\d+$/;

const traces = Error as ErrorConstructor & StackTraces;

/** The places of one application. */
export class SendPlaces {
  readonly #facades: readonly object[];
  readonly #places = new Map<EventKey, Set<string>>();
  #count = 0;

  /** @param facades the prototypes of the classes by which one sends */
  constructor(facades: readonly object[]) {
    this.#facades = facades;
  }

  /**
   * Whether the event was never noted at that place before: the line that called a façade. The error's stack begins with it from now on.
   * Names are not looked at: a program may have been put into one file, and its names shortened.
   */
  note(event: EventKey, error: Error): boolean {
    const { method, line = error.stack ?? '' } = callOf(this.#facades.flatMap(methodsOf));
    if (method !== undefined) traces.captureStackTrace?.(error, method);
    const places = this.#places.get(event) ?? new Set();
    if (this.#count === LIMIT || places.has(line)) return false;
    this.#places.set(event, places.add(line));
    this.#count += 1;
    return true;
  }
}

/** How a façade was called; empty where the engine cannot tell. */
interface Call {
  readonly method?: unknown;
  /** The first one of the stack below it. */
  readonly line?: string | undefined;
}

function methodsOf(prototype: object): readonly unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(prototype))
    .map(({ value }) => value)
    .filter((value) => typeof value === 'function');
}

/** The last call of one of these methods. */
function callOf(methods: readonly unknown[]): Call {
  const limit = traces.stackTraceLimit;
  // It cannot be set where a program has frozen what all share.
  if (traces.captureStackTrace === undefined || !Reflect.set(Error, 'stackTraceLimit', DEPTH)) {
    return {};
  }
  const calls = new Map<number, Call>();
  for (const method of methods) {
    const [line, ...others] = linesBelow(method);
    if (line !== undefined) calls.set(others.length, { method, line });
  }
  Reflect.set(Error, 'stackTraceLimit', limit);
  let depth = Math.max(...calls.keys());
  // One façade may have called the other.
  while (calls.has(depth - 1)) depth -= 1;
  return calls.get(depth) ?? {};
}

/** The lines of the stack below that function; none where it is not on the stack. */
function linesBelow(method: unknown): readonly string[] {
  const target: { stack?: unknown } = {};
  traces.captureStackTrace?.(target, method);
  const { stack } = target;
  return typeof stack === 'string' ? stack.split('\n').filter((line) => LINE.test(line)) : [];
}
