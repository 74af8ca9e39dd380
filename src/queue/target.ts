/** One deferred handler as stored messages name it: its living instances, and how its failures are answered. */
import type { EventKey } from '../../decorators/event-key.js';
import type { StableName, WorkOptions } from '../../decorators/work-options.js';
import type { Handler, HandlerPlan } from '../dispatch/handler.js';
import type { Clock } from '../dispatch/handler-owner.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { Address } from './memory-message.js';
import { RetryPolicy } from './retry-policy.js';

const WEEK = 7 * 24 * 3_600_000;

/** What a queue says for all of its handlers. */
export interface TargetDefaults extends WorkOptions {
  readonly durable: boolean;
  readonly clock: Clock;
}

/** Shared by the instances of a class; it goes on existing while there is none. */
export class Target {
  readonly events = new Set<EventKey>();
  readonly retry: RetryPolicy;
  /** The most times that a message may be given out. */
  readonly most: number;
  readonly timeout: number | undefined;
  readonly breaker: CircuitBreaker | undefined;
  /** How long it is remembered what was done, in milliseconds; `undefined` where it is not. */
  readonly inboxWindow: number | undefined;
  /** Whether a run is nothing but a call. */
  readonly plain: boolean;
  /** That of its messages, where they are kept in memory. */
  address: Address | undefined = undefined;
  #key: EventKey | undefined;
  #handlers: readonly Handler[] = [];
  #version = -1;

  constructor(
    readonly queue: string,
    readonly id: string,
    readonly plan: HandlerPlan,
    private readonly directory: { readonly version: number; find(key: EventKey, target: Target): readonly Handler[] },
    { durable, clock, ...defaults }: TargetDefaults,
  ) {
    const own: WorkOptions & StableName = plan.options;
    this.retry = new RetryPolicy(own, defaults, durable ? 3 : 1);
    this.most = this.retry.most;
    this.timeout = own.timeout ?? defaults.timeout;
    const breaker = own.breaker ?? defaults.breaker;
    this.breaker = breaker && new CircuitBreaker(breaker, clock);
    this.inboxWindow = windowOf(own.idempotent);
    this.plain = this.timeout === undefined && this.breaker === undefined && this.inboxWindow === undefined;
  }

  /** The instances that would receive the event; some of them may have ended. */
  handlersOf(key: EventKey): readonly Handler[] {
    if (this.#version !== this.directory.version || this.#key !== key) {
      this.#handlers = this.directory.find(key, this);
      this.#key = key;
      this.#version = this.directory.version;
    }
    return this.#handlers;
  }
}

function windowOf(idempotent: StableName['idempotent']): number | undefined {
  if (typeof idempotent === 'object') return idempotent.window;
  return idempotent === true ? WEEK : undefined;
}
