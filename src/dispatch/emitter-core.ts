/** What an emit does beyond the hot path: policies, bubbling, what is kept for later, and what nobody heard. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  type OptionShape,
  oneOf,
  optionsFault,
  refuseFault,
  type Shape,
} from '../../decorators/check-options.js';
import { classPolicy, type EmitPolicy, PLAIN, POLICY_SHAPE } from '../../decorators/emit-policy.js';
import { type EventKey, EventToken, eventName } from '../../decorators/event-key.js';
import {
  checkDepth,
  collecting,
  deliverFramed,
  deliverPlain,
  deliverWithContext,
  type FailureSink,
  leave,
  nest,
  unwind,
} from './deliver.js';
import { DeliveryContext } from './delivery-context.js';
import { AsyncEmit, type Strategy } from './emit-async.js';
import { EmitError, type HandlerError } from './errors.js';
import { EventHistory, type PastEvent } from './event-history.js';
import { Handler, type HandlerPlan } from './handler.js';
import { reportLateEmit } from './late-emit.js';
import { ReentrancyQueue } from './reentrancy.js';
import { Registry } from './registry.js';
import type { HandlerOwner } from './runtime.js';
import { runInSnapshot } from './runtime.js';

/** How an emit differs from what the event's type says. */
export interface EmitOptions extends EmitPolicy {
  /**
   * `'report'` gives the errors of handlers to the application's error handler, `'throw'` to the caller, together in an {@link EmitError}.
   * Default `'report'` for `emit`, `'throw'` for `emitAsync`.
   */
  readonly errors?: 'report' | 'throw';
}

/** How `emitAsync` differs. */
export interface EmitAsyncOptions extends EmitOptions {
  /**
   * `'parallel'` starts all handlers and waits for all; `'serial'` starts each when the one before it has settled; `'first'` does so
   * until one gives a value. Default `'parallel'`.
   */
  readonly strategy?: Strategy;
}

const EMIT: OptionShape<EmitOptions> = /* @__PURE__ */ (() => ({
  ...POLICY_SHAPE,
  errors: oneOf('report', 'throw'),
}))();

const EMIT_ASYNC: OptionShape<EmitAsyncOptions> = /* @__PURE__ */ (() => ({
  ...EMIT,
  strategy: oneOf('parallel', 'serial', 'first'),
}))();

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
  #turns: ReentrancyQueue | undefined;
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
      if (this.#emitPlain(key, payload)) return;
    } else checkEmit('emit', key, EMIT, options);
    const { early } = this.owner.runtime;
    if (early !== undefined && !this.#closed) {
      early.take('emit', key, () => this.emit(key, payload, options));
      return;
    }
    const errors: HandlerError[] = [];
    const fail = options?.errors === 'throw' ? collecting(errors) : undefined;
    this.#send(key, payload, options, () => this.#deliver(key, payload, options, fail));
    if (errors.length > 0) throw new EmitError(eventName(key), errors);
  }

  /** Rejects with what {@link emit} throws. */
  emitAsync(
    key: EventKey,
    payload: unknown,
    options: EmitAsyncOptions | undefined,
  ): Promise<unknown[]> {
    if (options === undefined && this.#isPlain(key)) return this.#gatherPlain(key, payload);
    if (options !== undefined) checkEmit('emitAsync', key, EMIT_ASYNC, options);
    if (!this.#closed) this.owner.runtime.early?.check('emitAsync', key);
    let outcome: Promise<unknown[]> | undefined;
    let tell: ((outcome: Promise<unknown[]>) => void) | undefined;
    const gather = () => {
      outcome = this.#gather(key, payload, options);
      tell?.(outcome);
    };
    this.#send(key, payload, options, () => nest(this.owner.runtime, key, gather));
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
    const sticky = this.#past.latest(plan.event, plan.exact);
    const past = plan.replay ? this.#past.history(plan.event, plan.exact) : [];
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

  /** Ends every handler, and everything that is kept. */
  close(): void {
    this.#closed = true;
    this.#past = undefined;
    this.#turns = undefined;
    this.registry.clear();
  }

  #obtainPast(): EventHistory {
    this.#past ??= new EventHistory(0);
    this.registry.remember(undefined);
    return this.#past;
  }

  /** The short way, for an event that concerns nothing but its handlers. Says whether it was one; the next emit finds them at hand. */
  #emitPlain(key: EventKey, payload: unknown): boolean {
    const { runtime } = this.owner;
    if (runtime.interceptors.length > 0 || !this.#isPlain(key)) return false;
    const list = this.registry.find(key);
    this.registry.remember(key, list);
    if (list.needsContext) deliverFramed(runtime, list.entries, payload, key);
    else deliverPlain(runtime, list.calls, list.entries, payload, key);
    return true;
  }

  /** The short way of {@link emitAsync}. */
  #gatherPlain(key: EventKey, payload: unknown): Promise<unknown[]> {
    const { runtime } = this.owner;
    const gathering = new AsyncEmit(new DeliveryContext(key), runtime);
    runtime.depth += 1;
    try {
      gathering.start(this.registry.find(key).entries, payload);
    } catch (error) {
      unwind(runtime, error);
    } finally {
      leave(runtime);
    }
    return gathering.outcome(() => {
      const { errors, values } = gathering;
      if (errors.length > 0) throw new EmitError(eventName(key), errors);
      return values;
    });
  }

  /** Whether an event concerns nothing but its handlers. */
  #isPlain(key: EventKey): boolean {
    const { runtime } = this.owner;
    return (
      runtime.depth < runtime.fastPathDepth &&
      !this.#closed &&
      this.#past === undefined &&
      typePolicy(key) === PLAIN
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
    this.#turns ??= new ReentrancyQueue(this.owner.runtime);
    this.#turns.take(key, reentrancy, delivery);
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
      deliverPlain(runtime, list.calls, list.entries, payload, key);
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
    for (const emission of policy.bubbles ? this.#reached(policy) : [this]) {
      if (deliveryContext.stopped) return;
      emission.#past?.record(this.#kept(key, payload));
      called += deliverWithContext(
        emission.registry.find(key).entries,
        payload,
        deliveryContext,
        observer,
        fail,
      );
    }
    if (called === 0) observer?.unheard(eventName(key), payload, this.owner.path);
  }

  #gather(
    key: EventKey,
    payload: unknown,
    options: EmitAsyncOptions | undefined,
  ): Promise<unknown[]> {
    const gathering = new AsyncEmit(new DeliveryContext(key), this.owner.runtime);
    const policy = this.#policy(key, options);
    const strategy = options?.strategy ?? 'parallel';
    if (strategy !== 'parallel')
      return this.#gatherEach(key, payload, { ...options, strategy }, gathering);
    for (const emission of policy.bubbles ? this.#reached(policy) : [this]) {
      emission.#past?.record(this.#kept(key, payload));
      gathering.start(emission.registry.find(key).entries, payload);
    }
    return gathering.outcome(() => this.#outcome(key, payload, gathering, options));
  }

  async #gatherEach(
    key: EventKey,
    payload: unknown,
    options: EmitAsyncOptions & { readonly strategy: Strategy },
    gathering: AsyncEmit,
  ): Promise<unknown[]> {
    for (const emission of this.#reached(this.#policy(key, options))) {
      emission.#past?.record(this.#kept(key, payload));
      await gathering.startEach(emission.registry.find(key).entries, payload, options.strategy);
    }
    return this.#outcome(key, payload, gathering, options);
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
      throw new EmitError(eventName(key), errors);
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

function checkEmit(verb: string, key: EventKey, shape: Shape, options: unknown): void {
  const fault = optionsFault(shape, options);
  if (fault !== undefined) refuseFault('CAR4009', `${verb}(${eventName(key)})`, fault);
}

function typePolicy(key: EventKey): EmitPolicy {
  if (typeof key === 'function') return classPolicy(key);
  return key instanceof EventToken ? key.policy : PLAIN;
}

/** `CAR3001`: something was asked of a scope that has ended. */
export function endedError(scope: string): CarillonError {
  return new CarillonError(
    'CAR3001',
    `Scope "${scope}" has ended. Use a scope that is still open, such as its parent's.`,
  );
}
