/** One event to its handlers, waiting for all of them, with their values. */
import { failed } from './deliver.js';
import type { DeliveryContext } from './delivery-context.js';
import type { Strategy } from './emit-options.js';
import type { HandlerError, RecursionError } from './errors.js';
import { type Handler, handlerError, handlerName } from './handler.js';
import type { Run, RunSink } from './run.js';
import type { Observer, Runtime } from './runtime.js';
import { launch, PENDING, SKIPPED } from './start-handler.js';

const NO_ERRORS: readonly HandlerError[] = [];

/** Takes the outcome of each handler in handler order. */
export class AsyncEmit implements RunSink {
  // Only declared: to initialise fields, V8 calls a function.
  declare private readonly deliveryContext: DeliveryContext;
  declare private readonly observer: Observer | undefined;
  /** In handler order. */
  declare readonly values: unknown[];
  /** The emits went round in a circle: no further handler is started. */
  declare recursion: RecursionError | undefined;
  declare private failures: [slot: number, HandlerError][] | undefined;
  declare private pending: number;
  declare private settled: (() => void) | undefined;

  constructor(deliveryContext: DeliveryContext, { observer }: Runtime) {
    this.deliveryContext = deliveryContext;
    this.observer = observer;
    this.values = [];
    this.recursion = undefined;
    this.failures = undefined;
    this.pending = 0;
    this.settled = undefined;
  }

  /** How many handlers were called. */
  get called(): number {
    return this.values.length;
  }

  get errors(): readonly HandlerError[] {
    return this.failures?.sort(([a], [b]) => a - b).map(([, error]) => error) ?? NO_ERRORS;
  }

  fulfilled({ slot }: Run, value: unknown): void {
    this.values[slot] = value;
    this.settle();
  }

  rejected({ handler, slot }: Run, error: unknown): void {
    this.fail(handler, slot, error);
    this.settle();
  }

  /** Starts one handler after the other without waiting. */
  start(handlers: readonly Handler[], payload: unknown): void {
    for (let index = 0, count = handlers.length; index < count && !this.isOver; index += 1) {
      const handler = handlers[index] as Handler;
      if (handler.active) this.startOne(handler, payload);
    }
  }

  /** Starts each handler when the one before it has settled; with `'first'` until one gives a value. */
  async startEach(
    handlers: readonly Handler[],
    payload: unknown,
    strategy: Strategy,
  ): Promise<void> {
    for (const handler of handlers.slice()) {
      if (this.isOver || (strategy === 'first' && this.value !== undefined)) return;
      if (!handler.active) continue;
      this.startOne(handler, payload);
      if (this.pending > 0) await this.outcome(() => undefined);
    }
  }

  /** The last handler's value. */
  get value(): unknown {
    return this.values.at(-1);
  }

  /** A promise of what `finish` says once everything that was started has settled. */
  outcome<T>(finish: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const settled = () => {
        try {
          resolve(finish());
        } catch (error) {
          reject(error);
        }
      };
      if (this.pending === 0) settled();
      else this.settled = settled;
    });
  }

  private startOne(handler: Handler, payload: unknown): void {
    const slot = this.values.length;
    this.values.push(undefined);
    this.pending += 1;
    try {
      const value = launch(handler, payload, this.deliveryContext, this, slot);
      if (value !== PENDING) this.pending -= 1;
      if (value === SKIPPED) {
        this.values.pop();
        return;
      }
      if (value !== PENDING) this.values[slot] = value;
    } catch (error) {
      this.pending -= 1;
      this.failAtOnce(handler, slot, error);
    }
    this.observer?.called(handlerName(handler.plan));
  }

  private get isOver(): boolean {
    return this.deliveryContext.stopped || this.recursion !== undefined;
  }

  /** What it has started is still waited for where it is a recursion. */
  private failAtOnce(handler: Handler, slot: number, error: unknown): void {
    const fail = () => this.fail(handler, slot, error);
    try {
      failed(handler, error, this.deliveryContext.key, fail);
    } catch (recursion) {
      this.recursion = recursion as RecursionError;
    }
  }

  private fail(handler: Handler, slot: number, error: unknown): void {
    this.failures ??= [];
    this.failures.push([slot, handlerError(handler, error)]);
  }

  private settle(): void {
    this.pending -= 1;
    if (this.pending > 0) return;
    const settled = this.settled;
    this.settled = undefined;
    settled?.();
  }
}
