/** One event to its handlers, waiting for all of them, with their values. */
import { failed } from './deliver.js';
import type { DeliveryContext } from './delivery-context.js';
import type { Strategy } from './emit-options.js';
import type { HandlerError } from './errors.js';
import { type Handler, handlerError, handlerName } from './handler.js';
import type { Run, RunSink } from './run.js';
import type { Observer, Runtime } from './runtime.js';
import { launch, PENDING, SKIPPED } from './start-handler.js';

const NO_ERRORS: readonly HandlerError[] = [];

/** Takes the outcome of each handler in handler order. */
export class AsyncEmit implements RunSink {
  readonly #deliveryContext: DeliveryContext;
  readonly #observer: Observer | undefined;
  readonly #values: unknown[] = [];
  #errors: [slot: number, HandlerError][] | undefined;
  #pending = 0;
  #settled: (() => void) | undefined;

  constructor(deliveryContext: DeliveryContext, { observer }: Runtime) {
    this.#deliveryContext = deliveryContext;
    this.#observer = observer;
  }

  /** How many handlers were called. */
  get called(): number {
    return this.#values.length;
  }

  get errors(): readonly HandlerError[] {
    return this.#errors?.sort(([a], [b]) => a - b).map(([, error]) => error) ?? NO_ERRORS;
  }

  get values(): unknown[] {
    return this.#values;
  }

  fulfilled({ slot }: Run, value: unknown): void {
    this.#values[slot] = value;
    this.#settle();
  }

  rejected({ handler, slot }: Run, error: unknown): void {
    this.#fail(handler, slot, error);
    this.#settle();
  }

  /** Starts one handler after the other without waiting. */
  start(handlers: readonly Handler[], payload: unknown): void {
    for (
      let index = 0, count = handlers.length;
      index < count && !this.#deliveryContext.stopped;
      index += 1
    ) {
      const handler = handlers[index] as Handler;
      if (handler.active) this.#start(handler, payload);
    }
  }

  /** Starts each handler when the one before it has settled; with `'first'` until one gives a value. */
  async startEach(
    handlers: readonly Handler[],
    payload: unknown,
    strategy: Strategy,
  ): Promise<void> {
    for (const handler of handlers.slice()) {
      if (this.#deliveryContext.stopped || (strategy === 'first' && this.value !== undefined))
        return;
      if (!handler.active) continue;
      this.#start(handler, payload);
      if (this.#pending > 0) await this.outcome(() => undefined);
    }
  }

  /** The last handler's value. */
  get value(): unknown {
    return this.#values.at(-1);
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
      if (this.#pending === 0) settled();
      else this.#settled = settled;
    });
  }

  #start(handler: Handler, payload: unknown): void {
    const slot = this.#values.length;
    this.#values.push(undefined);
    this.#pending += 1;
    try {
      const value = launch(handler, payload, this.#deliveryContext, this, slot);
      if (value !== PENDING) this.#pending -= 1;
      if (value === SKIPPED) {
        this.#values.pop();
        return;
      }
      if (value !== PENDING) this.#values[slot] = value;
    } catch (error) {
      this.#pending -= 1;
      failed(handler, error, this.#deliveryContext.key, (_, reason) =>
        this.#fail(handler, slot, reason),
      );
    }
    this.#observer?.called(handlerName(handler.plan));
  }

  #fail(handler: Handler, slot: number, error: unknown): void {
    this.#errors ??= [];
    this.#errors.push([slot, handlerError(handler, error)]);
  }

  #settle(): void {
    this.#pending -= 1;
    if (this.#pending > 0) return;
    const settled = this.#settled;
    this.#settled = undefined;
    settled?.();
  }
}
