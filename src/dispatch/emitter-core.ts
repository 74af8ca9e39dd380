/** What an emit does beyond the hot path: policies, bubbling, what is kept for later, and what nobody heard. */
import { classPolicy, type EmitPolicy, NO_POLICY } from '../../decorators/emit-policy.js';
import { type EventKey, eventName, isEventToken } from '../../decorators/event-key.js';
import { isNoInstance, refusePromise } from '../events/event-arguments.js';
import {
  checkDepth,
  collecting,
  deliverCalls,
  deliverEntries,
  deliverWithContext,
  type FailureSink,
  leave,
  nest,
} from './deliver.js';
import { DeliveryContext } from './delivery-context.js';
import { AsyncEmit } from './emit-async.js';
import { EmitLevels } from './emit-levels.js';
import {
  checkEmit,
  EMIT,
  EMIT_ASYNC,
  type EmitAsyncOptions,
  type EmitOptions,
  type Strategy,
} from './emit-options.js';
import { EmitError, endedError, type HandlerError } from './errors.js';
import { EventHistory, type PastEvent } from './event-history.js';
import { Handler, type HandlerPlan } from './handler.js';
import { reportLateEmit } from './late-emit.js';
import { deliverWatched } from './observer.js';
import { ReentrancyQueue } from './reentrancy.js';
import { Registry } from './registry.js';
import { type HandlerOwner, runInSnapshot } from './runtime.js';

/** The owner of an emitter. */
export interface EmitterOwner extends HandlerOwner {
  /** @internal Where its events bubble to. */
  readonly above: EmitterCore | undefined;
  /** @internal How many events its emitter records; 0 for none. */
  readonly record: number;
}

/** An event that is being emitted. */
interface SentEvent {
  readonly key: EventKey;
  readonly payload: unknown;
  /** Whether it is settled for good. */
  readonly isFinal: boolean;
}

/** The inside of one emitter. */
export class EmitterCore {
  readonly owner: EmitterOwner;
  readonly registry = new Registry();
  #past: EventHistory | undefined;
  #reentrancy: ReentrancyQueue | undefined;
  #failures: Map<EventKey, Set<(reason: Error) => void>> | undefined;
  #levels: EmitLevels | undefined;
  #closed = false;

  constructor(owner: EmitterOwner) {
    this.owner = owner;
    if (owner.record > 0) this.#past = new EventHistory(owner.record);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws EmitError `CAR4002` where the options ask for it; RecursionError `CAR4006` inside of an emit */
  emit(key: EventKey, payload: unknown, options: EmitOptions | undefined): void {
    if (options === undefined) {
      if (this.#emitFast(key, payload)) return;
    } else checkEmit('emit', key, EMIT, options);
    if (typeof key === 'function' && isEventToken(payload)) {
      this.emit(payload, undefined, options);
      return;
    }
    refusePromise('emit', key, payload);
    const { early } = this.owner.runtime;
    if (early === undefined || this.#closed)
      this.#emitNow({ key, payload, isFinal: false }, options);
    else early.take('emit', key, () => this.emit(key, payload, options));
  }

  #emitNow(event: SentEvent, options: EmitOptions | undefined): void {
    const errors: HandlerError[] = [];
    const fail = options?.errors === 'throw' ? collecting(errors) : undefined;
    let hasReturned = false;
    this.#send(event, options, (past) => {
      this.#deliver(event, past, options, fail);
      // It had to wait for its turn, and its caller has gone on.
      if (hasReturned) for (const error of errors) this.owner.runtime.report(error);
    });
    hasReturned = true;
    if (errors.length > 0) throw new EmitError({ event: eventName(event.key), errors });
  }

  /** Rejects with what {@link emit} throws. */
  emitAsync(
    key: EventKey,
    payload: unknown,
    options: EmitAsyncOptions | undefined,
  ): Promise<unknown[]> {
    if (options === undefined && this.#isFast(key)) return this.#startFast(key, payload);
    if (options !== undefined) checkEmit('emitAsync', key, EMIT_ASYNC, options);
    if (!this.#closed) this.owner.runtime.early?.check('emitAsync', key);
    let outcome: Promise<unknown[]> | undefined;
    let tell: ((outcome: Promise<unknown[]>) => void) | undefined;
    const event = { key, payload, isFinal: false };
    const deliver = (past: PastEvent | undefined) =>
      nest(this.owner.runtime, key, () => {
        outcome = this.#startAll(event, past, options);
        tell?.(outcome);
      });
    this.#send(event, options, deliver, (begin) => callOrTell(begin, tell));
    if (outcome !== undefined) return outcome;
    if (this.#closed) return Promise.resolve([]);
    // It waits for another one of its kind.
    return new Promise((resolve) => {
      tell = resolve;
    });
  }

  /** Gives a handler that has just been wired what was kept for it. */
  catchUp(handler: Handler): void {
    const { plan } = handler;
    if (this.#past === undefined) return;
    const sticky = this.#past.latest([plan.event], plan);
    const past = plan.replay ? this.#past.history(plan.event, plan) : [];
    // What the record has no more is older than all that it has.
    if (sticky !== undefined && sticky.failure === undefined && !past.includes(sticky))
      deliverPast(handler, sticky);
    for (const event of past) deliverPast(handler, event);
  }

  /** @throws CarillonError `CAR4008` when the event was settled before */
  settle(key: EventKey, payload: unknown): void {
    if (this.#closed) {
      reportLateEmit(this.owner, key);
      return;
    }
    const past = this.#obtainPast();
    past.claim(key);
    const settle = () => this.#emitNow({ key, payload, isFinal: true }, { sticky: true });
    const { early } = this.owner.runtime;
    try {
      if (early === undefined) settle();
      else early.take('emit', key, settle);
    } catch (error) {
      past.release(key);
      throw error;
    }
  }

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR4008` when the event was settled before */
  fail(key: EventKey, reason: Error): void {
    if (this.#closed) throw endedError(this.owner.name);
    const past = this.#obtainPast();
    past.claim(key);
    past.keep({ key, payload: undefined, failure: { reason } }, { isFinal: true });
    for (const failed of [...(this.#failures?.get(key) ?? [])]) failed(reason);
  }

  /** Calls back when the event fails; returns the undoing. */
  onFailure(key: EventKey, failed: (reason: Error) => void): () => void {
    this.#failures ??= new Map();
    const waiting = this.#failures.get(key) ?? new Set();
    this.#failures.set(key, waiting.add(failed));
    return () => {
      if (waiting.delete(failed) && waiting.size === 0) this.#failures?.delete(key);
    };
  }

  /** What is kept, if anything is. */
  get kept(): EventHistory | undefined {
    return this.#past;
  }

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR4003` when the order makes a circle */
  subscribe(plan: HandlerPlan, target: object | undefined): Handler {
    if (this.#closed) throw endedError(this.owner.name);
    const handler = new Handler(plan, target, this.owner, this.owner.runtime.nextSequence());
    this.registry.add(handler);
    return handler;
  }

  /** Silences every handler, and drops everything that is kept; those that have a last action are added to the ones that have to finish. */
  close(unfinished: Handler[]): void {
    this.#closed = true;
    this.#past = undefined;
    this.#reentrancy = undefined;
    this.registry.silence(unfinished);
  }

  get #emitLevels(): EmitLevels {
    this.#levels ??= new EmitLevels(this.owner.runtime, this.registry);
    return this.#levels;
  }

  #obtainPast(): EventHistory {
    this.#past ??= new EventHistory(0);
    this.registry.remember(undefined);
    return this.#past;
  }

  /** The fast path, for an event that concerns nothing but its handlers. Returns whether it applied; then the next emit finds them cached. */
  #emitFast(key: EventKey, payload: unknown): boolean {
    const { runtime } = this.owner;
    if (!this.#isFast(key)) return false;
    const list = this.registry.find(key);
    if (list.calls.length === 0 && isNoInstance(key, payload)) return false;
    this.registry.remember(key, list, this.#emitLevels.enter(key, list));
    if (list.needsContext) deliverEntries(runtime, list.entries, payload, key);
    else deliverCalls(runtime, list.calls, list.entries, payload, key);
    return true;
  }

  /** The fast path of {@link emitAsync}. */
  #startFast(key: EventKey, payload: unknown): Promise<unknown[]> {
    const { runtime } = this.owner;
    const asyncEmit = new AsyncEmit(new DeliveryContext(key), runtime);
    this.#emitLevels.enter(key);
    runtime.depth += 1;
    asyncEmit.start(this.registry.find(key).entries, payload);
    leave(runtime);
    return asyncEmit.outcome(() => outcomeOf(this.owner, { key, payload }, asyncEmit, undefined));
  }

  /** Whether an event concerns nothing but its handlers. */
  #isFast(key: EventKey): boolean {
    const { runtime } = this.owner;
    return (
      runtime.depth < runtime.fastPathDepth &&
      !this.#closed &&
      this.#past === undefined &&
      typePolicy(key) === NO_POLICY
    );
  }

  #send(
    { key, payload, isFinal }: SentEvent,
    options: EmitOptions | undefined,
    delivery: (past: PastEvent | undefined) => void,
    /** Calls its argument, at once or when its turn has come. */
    guard = call,
  ): void {
    if (this.#closed) {
      reportLateEmit(this.owner, key);
      return;
    }
    this.owner.runtime.observer?.sent?.('emit', key, payload, this.owner.path);
    const policy = policyOf(key, options);
    if (policy.sticky && !isFinal) this.#past?.assertFree(key);
    const isKept = policy.sticky || policy.bubbles || this.#past !== undefined;
    const past = isKept ? pastEvent(this.owner, key, payload) : undefined;
    const begin = () => {
      checkDepth(this.owner.runtime, key);
      // Kept from its own turn on: whoever is wired before hears it then, and what is refused is not kept.
      if (policy.sticky && past !== undefined && !this.#closed)
        this.#obtainPast().keep(past, { isFinal });
      this.#emitLevels.enter(key);
      deliverWatched(this.owner, { key, payload }, delivery, past);
    };
    const { reentrancy = 'nest' } = policy;
    if (reentrancy === 'nest') {
      begin();
      return;
    }
    this.#reentrancy ??= new ReentrancyQueue(this.owner.runtime);
    const level = this.#emitLevels.find(key);
    this.#reentrancy.take(key, reentrancy, { begin: () => guard(begin), level });
  }

  #deliver(
    { key, payload }: SentEvent,
    past: PastEvent | undefined,
    options: EmitOptions | undefined,
    fail: FailureSink | undefined,
  ): void {
    const { runtime } = this.owner;
    const list = this.registry.find(key);
    const policy = policyOf(key, options);
    const plain =
      !policy.bubbles &&
      fail === undefined &&
      !list.needsContext &&
      runtime.interceptors.length === 0;
    if (plain && (runtime.observer ?? runtime.unheard) === undefined) {
      if (past !== undefined) this.#past?.record(past);
      deliverCalls(runtime, list.calls, list.entries, payload, key);
      return;
    }
    nest(runtime, key, () => this.#deliverReached({ key, payload, past }, policy, fail));
  }

  #deliverReached(
    { key, payload, past }: Omit<SentEvent, 'isFinal'> & { readonly past: PastEvent | undefined },
    policy: EmitPolicy,
    fail: FailureSink | undefined,
  ): void {
    const { observer } = this.owner.runtime;
    const deliveryContext = new DeliveryContext(key);
    let called = 0;
    for (const core of policy.bubbles ? reachedFrom(this, policy) : [this]) {
      if (deliveryContext.stopped) return;
      if (past !== undefined) core.#past?.record(past);
      called += deliverWithContext(
        core.registry.find(key).entries,
        payload,
        deliveryContext,
        observer,
        fail,
      );
    }
    if (called === 0) reachedNobody(this.owner, { key, payload }, policy);
  }

  #startAll(
    event: SentEvent,
    past: PastEvent | undefined,
    options: EmitAsyncOptions | undefined,
  ): Promise<unknown[]> {
    const { key, payload } = event;
    const asyncEmit = new AsyncEmit(new DeliveryContext(key), this.owner.runtime);
    const policy = policyOf(key, options);
    const strategy = options?.strategy ?? 'parallel';
    if (strategy !== 'parallel')
      return this.#startEach({ ...event, past }, { ...options, strategy }, asyncEmit);
    for (const core of policy.bubbles ? reachedFrom(this, policy) : [this]) {
      if (past !== undefined) core.#past?.record(past);
      asyncEmit.start(core.registry.find(key).entries, payload);
    }
    return asyncEmit.outcome(() => outcomeOf(this.owner, { key, payload }, asyncEmit, options));
  }

  async #startEach(
    { key, payload, past }: SentEvent & { readonly past: PastEvent | undefined },
    options: EmitAsyncOptions & { readonly strategy: Strategy },
    asyncEmit: AsyncEmit,
  ): Promise<unknown[]> {
    for (const core of reachedFrom(this, policyOf(key, options))) {
      if (past !== undefined) core.#past?.record(past);
      const { entries } = core.registry.find(key);
      const started = asyncEmit.startEach(entries, payload, options.strategy);
      // Where nobody is called, the caller is still on the stack, for the report.
      if (asyncEmit.called > 0) await started;
    }
    return outcomeOf(this.owner, { key, payload }, asyncEmit, options);
  }
}

/** Whoever waits for an emit whose turn comes later is told the error, and nobody else. */
function callOrTell(
  begin: () => void,
  tell: ((outcome: Promise<unknown[]>) => void) | undefined,
): void {
  try {
    begin();
  } catch (error) {
    if (tell === undefined) throw error;
    tell(Promise.reject(error));
  }
}

function call(begin: () => void): void {
  begin();
}

/** An emitter and those that the event bubbles to. */
function* reachedFrom(core: EmitterCore, { bubbles }: EmitPolicy): Generator<EmitterCore> {
  yield core;
  if (!bubbles) return;
  for (let step = core.owner.above; step !== undefined; step = step.owner.above) yield step;
}

function policyOf(key: EventKey, options: EmitOptions | undefined): EmitPolicy {
  const policy = typePolicy(key);
  return options === undefined ? policy : { ...policy, ...options };
}

function pastEvent({ runtime }: EmitterOwner, key: EventKey, payload: unknown): PastEvent {
  return { key, payload, snapshot: runtime.context.capture?.() };
}

function deliverPast(handler: Handler, { key, payload, snapshot }: PastEvent): void {
  const { observer } = handler.owner.runtime;
  runInSnapshot(snapshot, () =>
    deliverWithContext([handler], payload, new DeliveryContext(key), observer),
  );
}

/** What is sticky is kept for whoever comes late. */
function reachedNobody(
  owner: EmitterOwner,
  { key, payload }: Pick<SentEvent, 'key' | 'payload'>,
  { sticky }: EmitPolicy,
): void {
  owner.runtime.observer?.unheard(eventName(key), payload, owner.path);
  if (!sticky) owner.runtime.unheard?.report('emitted', owner, key);
}

/** The values of an `emitAsync` whose handlers have settled. */
function outcomeOf(
  owner: EmitterOwner,
  { key, payload }: Pick<SentEvent, 'key' | 'payload'>,
  { called, errors, recursion, value, values }: AsyncEmit,
  options: EmitAsyncOptions | undefined,
): unknown[] {
  if (called === 0) reachedNobody(owner, { key, payload }, policyOf(key, options));
  const { runtime } = owner;
  const isReporting = options?.errors === 'report';
  if (recursion !== undefined) {
    for (const error of errors) runtime.report(error);
    if (!isReporting) throw recursion;
    runtime.report(recursion);
    return values;
  }
  const found = options?.strategy === 'first' && value !== undefined;
  if (errors.length > 0 && !isReporting && !found)
    throw new EmitError({ event: eventName(key), errors });
  for (const error of errors) runtime.report(error);
  if (options?.strategy !== 'first') return values;
  return found ? [value] : [];
}

function typePolicy(key: EventKey): EmitPolicy {
  if (typeof key === 'function') return classPolicy(key);
  return typeof key === 'object' ? key.policy : NO_POLICY;
}
