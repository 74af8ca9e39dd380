/** What an emit does beyond the hot path: policies, bubbling, what is kept for later, and what nobody heard. */
import { classPolicy, type EmitPolicy, NO_POLICY } from '../../decorators/emit-policy.js';
import { type EventKey, EventToken, eventName } from '../../decorators/event-key.js';
import {
  checkDepth,
  collecting,
  deliverCalls,
  deliverEntries,
  deliverWithContext,
  type FailureSink,
  leave,
  nest,
  unwind,
} from './deliver.js';
import { DeliveryContext } from './delivery-context.js';
import { AsyncEmit } from './emit-async.js';
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

/** The inside of one emitter. */
export class EmitterCore {
  readonly owner: EmitterOwner;
  readonly registry = new Registry();
  #past: EventHistory | undefined;
  #reentrancy: ReentrancyQueue | undefined;
  #failures: Map<EventKey, Set<(reason: Error) => void>> | undefined;
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
    const { early } = this.owner.runtime;
    if (early !== undefined && !this.#closed) {
      early.take('emit', key, () => this.emit(key, payload, options));
      return;
    }
    const errors: HandlerError[] = [];
    const fail = options?.errors === 'throw' ? collecting(errors) : undefined;
    this.#send(key, payload, options, () => this.#deliver(key, payload, options, fail));
    if (errors.length > 0) throw new EmitError({ event: eventName(key), errors });
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
    const start = () => {
      outcome = this.#startAll(key, payload, options);
      tell?.(outcome);
    };
    this.#send(key, payload, options, () => nest(this.owner.runtime, key, start));
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
    for (const event of past)
      if (sticky === undefined || event.payload !== sticky.payload) this.#deliverTo(handler, event);
    if (sticky !== undefined && sticky.failure === undefined) this.#deliverTo(handler, sticky);
  }

  /** @throws CarillonError `CAR4008` when the event was settled before */
  settle(key: EventKey, payload: unknown): void {
    if (!this.#closed) this.#obtainPast().keep({ ...this.#kept(key, payload), final: true });
    // It is kept already.
    this.emit(key, payload, { sticky: false });
  }

  /** @throws CarillonError `CAR3001` when the scope has ended, `CAR4008` when the event was settled before */
  fail(key: EventKey, reason: Error): void {
    if (this.#closed) throw endedError(this.owner.name);
    this.#obtainPast().keep({ key, payload: undefined, failure: { reason }, final: true });
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

  #obtainPast(): EventHistory {
    this.#past ??= new EventHistory(0);
    this.registry.remember(undefined);
    return this.#past;
  }

  /** The fast path, for an event that concerns nothing but its handlers. Returns whether it applied; then the next emit finds them cached. */
  #emitFast(key: EventKey, payload: unknown): boolean {
    const { runtime } = this.owner;
    if (runtime.interceptors.length > 0 || !this.#isFast(key)) return false;
    const list = this.registry.find(key);
    this.registry.remember(key, list);
    if (list.needsContext) deliverEntries(runtime, list.entries, payload, key);
    else deliverCalls(runtime, list.calls, list.entries, payload, key);
    return true;
  }

  /** The fast path of {@link emitAsync}. */
  #startFast(key: EventKey, payload: unknown): Promise<unknown[]> {
    const { runtime } = this.owner;
    const asyncEmit = new AsyncEmit(new DeliveryContext(key), runtime);
    runtime.depth += 1;
    try {
      asyncEmit.start(this.registry.find(key).entries, payload);
    } catch (error) {
      unwind(runtime, error);
    } finally {
      leave(runtime);
    }
    return asyncEmit.outcome(() => {
      const { errors, values } = asyncEmit;
      if (errors.length > 0) throw new EmitError({ event: eventName(key), errors });
      return values;
    });
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
    key: EventKey,
    payload: unknown,
    options: EmitOptions | undefined,
    delivery: () => void,
  ): void {
    if (this.#closed) {
      reportLateEmit(this.owner, key);
      return;
    }
    this.owner.runtime.observer?.sent?.('emit', key, payload, this.owner.path);
    const policy = this.#policy(key, options);
    if (policy.sticky) this.#obtainPast().keep({ ...this.#kept(key, payload), final: false });
    const { reentrancy = 'nest' } = policy;
    if (reentrancy === 'nest') {
      delivery();
      return;
    }
    this.#reentrancy ??= new ReentrancyQueue(this.owner.runtime);
    this.#reentrancy.take(key, reentrancy, delivery);
  }

  #deliver(
    key: EventKey,
    payload: unknown,
    options: EmitOptions | undefined,
    fail: FailureSink | undefined,
  ): void {
    const { runtime } = this.owner;
    const list = this.registry.find(key);
    const policy = this.#policy(key, options);
    const plain =
      !policy.bubbles &&
      fail === undefined &&
      !list.needsContext &&
      runtime.interceptors.length === 0;
    if (plain && runtime.observer === undefined) {
      checkDepth(runtime, key);
      if (this.#past !== undefined) this.#past.record(this.#kept(key, payload));
      deliverCalls(runtime, list.calls, list.entries, payload, key);
      return;
    }
    nest(runtime, key, () => this.#deliverReached(key, payload, policy, fail));
  }

  #deliverReached(
    key: EventKey,
    payload: unknown,
    policy: EmitPolicy,
    fail: FailureSink | undefined,
  ): void {
    const { observer } = this.owner.runtime;
    const deliveryContext = new DeliveryContext(key);
    let called = 0;
    for (const core of policy.bubbles ? this.#reached(policy) : [this]) {
      if (deliveryContext.stopped) return;
      core.#past?.record(this.#kept(key, payload));
      called += deliverWithContext(
        core.registry.find(key).entries,
        payload,
        deliveryContext,
        observer,
        fail,
      );
    }
    if (called === 0) observer?.unheard(eventName(key), payload, this.owner.path);
  }

  #startAll(
    key: EventKey,
    payload: unknown,
    options: EmitAsyncOptions | undefined,
  ): Promise<unknown[]> {
    const asyncEmit = new AsyncEmit(new DeliveryContext(key), this.owner.runtime);
    const policy = this.#policy(key, options);
    const strategy = options?.strategy ?? 'parallel';
    if (strategy !== 'parallel')
      return this.#startEach(key, payload, { ...options, strategy }, asyncEmit);
    for (const core of policy.bubbles ? this.#reached(policy) : [this]) {
      core.#past?.record(this.#kept(key, payload));
      asyncEmit.start(core.registry.find(key).entries, payload);
    }
    return asyncEmit.outcome(() => this.#outcome(key, payload, asyncEmit, options));
  }

  async #startEach(
    key: EventKey,
    payload: unknown,
    options: EmitAsyncOptions & { readonly strategy: Strategy },
    asyncEmit: AsyncEmit,
  ): Promise<unknown[]> {
    for (const core of this.#reached(this.#policy(key, options))) {
      core.#past?.record(this.#kept(key, payload));
      await asyncEmit.startEach(core.registry.find(key).entries, payload, options.strategy);
    }
    return this.#outcome(key, payload, asyncEmit, options);
  }

  #outcome(
    key: EventKey,
    payload: unknown,
    { called, errors, value, values }: AsyncEmit,
    options: EmitAsyncOptions | undefined,
  ): unknown[] {
    if (called === 0)
      this.owner.runtime.observer?.unheard(eventName(key), payload, this.owner.path);
    const found = options?.strategy === 'first' && value !== undefined;
    if (errors.length > 0 && options?.errors !== 'report' && !found)
      throw new EmitError({ event: eventName(key), errors });
    for (const error of errors) this.owner.runtime.report(error);
    if (options?.strategy !== 'first') return values;
    return found ? [value] : [];
  }

  /** This emitter and those that the event bubbles to. */
  *#reached({ bubbles }: EmitPolicy): Generator<EmitterCore> {
    yield this;
    if (!bubbles) return;
    for (let step = this.owner.above; step !== undefined; step = step.owner.above) yield step;
  }

  #policy(key: EventKey, options: EmitOptions | undefined): EmitPolicy {
    const policy = typePolicy(key);
    return options === undefined ? policy : { ...policy, ...options };
  }

  #kept(key: EventKey, payload: unknown): PastEvent {
    return { key, payload, snapshot: this.owner.runtime.context.capture?.() };
  }

  #deliverTo(handler: Handler, { key, payload, snapshot }: PastEvent): void {
    runInSnapshot(snapshot, () =>
      deliverWithContext([handler], payload, new DeliveryContext(key), this.owner.runtime.observer),
    );
  }
}

function typePolicy(key: EventKey): EmitPolicy {
  if (typeof key === 'function') return classPolicy(key);
  return key instanceof EventToken ? key.policy : NO_POLICY;
}
