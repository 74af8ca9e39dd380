/** Events as an async iterable: a bounded buffer between an emitter that does not wait and a loop that does. */

import { CarillonError } from '../../decorators/carillon-error.js';
import { checkOptions, type OptionShape, oneOf, whole } from '../../decorators/check-options.js';
import { checkEvents } from '../../decorators/declaration.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { abortSignal, type Signal } from '../../decorators/signal.js';
import type { WhenFull } from '../../decorators/when-full.js';
import { ASYNC_DISPOSE } from './dispose-symbols.js';
import type { EmitterCore } from './emitter-core.js';
import type { Handler, HandlerFunction } from './handler.js';
import { functionPlace, internalPlan } from './handler-plan.js';

/** How events are kept for a loop that is slower than they come. */
export interface IterateOptions {
  /** Ends the loop, without an error, when it is aborted. Default none. */
  readonly signal?: Signal;
  /** How many events may wait; `Infinity` for no limit. Default 1000. */
  readonly limit?: number;
  /**
   * What happens to one more: `'reject'` fails the loop with `CAR4010`, `'drop-oldest'` and `'drop-newest'` lose one. No emit can wait for a loop. Default
   * `'reject'`.
   */
  readonly whenFull?: Exclude<WhenFull, 'wait'>;
}

const ITERATE: OptionShape<IterateOptions> = /* @__PURE__ */ (() => ({
  signal: abortSignal(),
  limit: whole({ least: 1, unlimited: true }),
  whenFull: oneOf('reject', 'drop-oldest', 'drop-newest'),
}))();

interface Waiter<Payload> {
  resolve(result: IteratorResult<Payload, undefined>): void;
  reject(error: unknown): void;
}

/** Ends with the scope, an abort, or the loop's own `break`. */
export class EventIterator<Payload> implements AsyncIterableIterator<Payload, undefined> {
  readonly #event: EventKey;
  readonly #limit: number;
  readonly #whenFull: NonNullable<IterateOptions['whenFull']>;
  readonly #buffer: Payload[] = [];
  readonly #waiters: Waiter<Payload>[] = [];
  readonly #handler: Handler;
  #failure: CarillonError | undefined;

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR4009` for options that are wrong */
  constructor(core: EmitterCore, event: EventKey, options: IterateOptions) {
    checkEvents('On', functionPlace('On'), [event]);
    checkOptions('CAR4009', `iterate(${eventName(event)})`, ITERATE, options);
    const { signal, limit = 1000, whenFull = 'reject' } = options;
    this.#event = event;
    this.#limit = limit;
    this.#whenFull = whenFull;
    const take = (payload: never) => this.#take(payload);
    this.#handler = core.subscribe(
      internalPlan(core.owner.runtime, event, take as HandlerFunction),
      undefined,
    );
    const aborted = () => this.#handler.end();
    this.#handler.onEnd = () => {
      signal?.removeEventListener('abort', aborted);
      for (const waiter of this.#waiters.splice(0)) this.#end(waiter);
    };
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
    if (this.#handler.active) core.catchUp(this.#handler);
  }

  next(): Promise<IteratorResult<Payload, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#buffer.length > 0) resolve({ done: false, value: this.#buffer.shift() as Payload });
      else if (this.#handler.active) this.#waiters.push({ resolve, reject });
      else this.#end({ resolve, reject });
    });
  }

  /** What a `break` calls. */
  async return(): Promise<IteratorResult<Payload, undefined>> {
    this.#buffer.length = 0;
    this.#handler.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.return();
  }

  #take(payload: Payload): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve({ done: false, value: payload });
    else if (this.#buffer.length < this.#limit) this.#buffer.push(payload);
    else if (this.#whenFull === 'reject') this.#overflow();
    else if (this.#whenFull === 'drop-oldest') {
      this.#buffer.shift();
      this.#buffer.push(payload);
    }
  }

  #overflow(): void {
    this.#failure = new CarillonError(
      'CAR4010',
      `The loop over ${eventName(this.#event)} has ${this.#limit} events waiting. Make it faster, or say whenFull: 'drop-oldest'.`,
    );
    this.#handler.end();
  }

  #end({ resolve, reject }: Waiter<Payload>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) resolve({ done: true, value: undefined });
    else reject(failure);
  }
}
