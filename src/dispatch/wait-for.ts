/** Waiting for one event: until it comes, the scope ends, the time is over, or somebody aborts. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  type OptionShape,
  quickFault,
  refuseFault,
  shownOption,
} from '../../decorators/check-options.js';
import { checkEvents } from '../../decorators/declaration.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { abortSignal, type Signal } from '../../decorators/signal.js';
import { isThenable } from '../events/is-thenable.js';
import { lateAnswerError } from '../events/late-answer.js';
import { clearTimer, setTimer } from './clock.js';
import type { EmitterCore } from './emitter-core.js';
import type { Handler } from './handler.js';
import { functionPlace, internalPlan } from './handler-plan.js';
import { runInSnapshot } from './runtime.js';

/** What else ends the waiting. */
export interface WaitOptions {
  /** Rejects with its reason when it is aborted. Default none. */
  readonly signal?: Signal;
  /** The time after which it rejects with `CAR4007`. Default `Infinity`: no limit. */
  readonly timeout?: Duration;
}

const WAIT: OptionShape<WaitOptions> = /* @__PURE__ */ (() => ({
  signal: abortSignal(),
  timeout: duration({ unlimited: true }),
}))();

type Predicate = (payload: never) => unknown;

/** Resolves with the payload of the first of the events that the predicate takes, a sticky one included. */
export function waitFor<Payload>(
  core: EmitterCore,
  events: EventKey | readonly EventKey[],
  predicate: Predicate | undefined,
  options: WaitOptions,
): Promise<Payload> {
  const promise = new Promise<Payload>((resolve, reject) => {
    const keys: readonly EventKey[] = Array.isArray(events) ? events : [events];
    checkEvents('Once', functionPlace('Once'), keys);
    const settle: Settle = { resolve: resolve as (payload: unknown) => void, reject };
    new EventWait(core, keys, predicate, settle).begin(options);
  });
  // Nobody has to look at it when the scope ends.
  promise.catch(() => undefined);
  return promise;
}

interface Settle {
  resolve(payload: unknown): void;
  reject(reason: unknown): void;
}

/** The instance of its handlers, one for each event. */
class EventWait {
  readonly #core: EmitterCore;
  readonly #keys: readonly EventKey[];
  readonly #predicate: Predicate | undefined;
  readonly #settle: Settle;
  readonly #cleanups: (() => void)[] = [];
  #handlers: readonly Handler[] = [];
  #isOver = false;

  constructor(
    core: EmitterCore,
    keys: readonly EventKey[],
    predicate: Predicate | undefined,
    settle: Settle,
  ) {
    this.#core = core;
    this.#keys = keys;
    this.#predicate = predicate;
    this.#settle = settle;
  }

  get #name(): string {
    return this.#keys.map(eventName).join(' or ');
  }

  begin(options: WaitOptions): void {
    const { kept, owner } = this.#core;
    this.#check(options);
    options.signal?.throwIfAborted();
    const sticky = kept?.latest(this.#keys);
    if (sticky?.failure !== undefined) throw sticky.failure.reason;
    this.#handlers = this.#keys.map((key) =>
      this.#core.subscribe(internalPlan(owner.runtime, key, hear), this),
    );
    for (const handler of this.#handlers) handler.onEnd = () => this.#lost();
    this.#watch(options);
    if (sticky !== undefined) runInSnapshot(sticky.snapshot, () => this.hear(sticky.payload));
  }

  hear(payload: unknown): void {
    if (this.#isOver) return;
    try {
      if (!this.#accepts(payload)) return;
    } catch (error) {
      this.#reject(error);
      return;
    }
    this.#settle.resolve(payload);
    this.#end();
  }

  #check(options: WaitOptions): void {
    const place = `Waiting for ${this.#name}`;
    const fault = quickFault(WAIT, options);
    // As the once() of other emitters is called.
    const advice = typeof options === 'function' ? ' A handler is for on().' : '';
    if (fault !== undefined) refuseFault('CAR4009', place, fault + advice);
    checkPredicate(place, this.#predicate);
  }

  #accepts(payload: unknown): boolean {
    if (this.#predicate === undefined) return true;
    const answer = this.#predicate(payload as never);
    if (isThenable(answer)) throw lateAnswerError(`The predicate for ${this.#name}`, answer);
    return Boolean(answer);
  }

  /** Sets up what else can end it. */
  #watch({ signal, timeout }: WaitOptions): void {
    const fail = (reason: unknown) => this.#reject(reason);
    for (const key of this.#keys) this.#cleanups.push(this.#core.onFailure(key, fail));
    if (signal !== undefined) {
      const aborted = () => fail(signal.reason);
      signal.addEventListener('abort', aborted, { once: true });
      this.#cleanups.push(() => signal.removeEventListener('abort', aborted));
    }
    if (timeout !== undefined) {
      const { clock } = this.#core.owner.runtime;
      const delay = milliseconds(timeout);
      const timer = setTimer(clock, () => fail(timeoutError(this.#name, delay)), delay);
      this.#cleanups.push(() => clearTimer(clock, timer));
    }
  }

  #reject(reason: unknown): void {
    this.#settle.reject(reason);
    this.#end();
  }

  /** A handler has ended: by itself, or because the scope has. */
  #lost(): void {
    if (this.#isOver) return;
    this.#reject(closedError(this.#core.owner.name));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const cleanup of this.#cleanups) cleanup();
    for (const handler of this.#handlers) handler.end();
  }
}

/** Reports and `handlers()` call the wait by this name. */
function hear(this: unknown, payload: unknown): void {
  (this as EventWait).hear(payload);
}

function timeoutError(events: string, delay: number): CarillonError {
  return new CarillonError(
    'CAR4007',
    `${events} did not come within ${delay} ms. Give it more time, or see who should emit it.`,
  );
}

function closedError(scope: string): CarillonError {
  return new CarillonError(
    'CAR3002',
    `Scope "${scope}" ended before the event that is waited for. Wait in a scope that lives longer.`,
  );
}

/** @throws CarillonError `CAR1007` for a predicate that is not a function */
export function checkPredicate(place: string, predicate: unknown): void {
  if (predicate === undefined || typeof predicate === 'function') return;
  refuseFault('CAR1007', place, `has the predicate ${shownOption(predicate)}. Give a function.`);
}
