/** Records what an application sends. */
import type { EventKey, PayloadOf } from '../../decorators/event-key.js';
import { DISPOSE } from '../dispatch/dispose-symbols.js';
import { matchesKey } from '../dispatch/event-history.js';
import { addObserver } from '../dispatch/observer.js';
import type { Observer, SendVerb } from '../dispatch/runtime.js';
import { hostOf } from './container-host.js';

/** One event that was sent. */
export interface SentEvent {
  /** `'emit'`, `'publish'` or `'defer'`. */
  readonly verb: SendVerb;
  /** The class, the token or the topic. */
  readonly event: EventKey;
  /** The payload itself, not a copy. */
  readonly payload: unknown;
  /** The path of the emitting scope, such as `'application/request'`; that of the application for a published or deferred event. */
  readonly scope: string;
}

/** A list that grows until {@link EventRecord.stop}; made by {@link recordEvents}. */
export class EventRecord {
  #sent: SentEvent[] = [];
  readonly #stop: () => void;

  /** @internal */
  constructor(watch: (observer: Observer) => () => void) {
    this.#stop = watch(this);
  }

  /** Everything that was sent, in order, except what was refused. */
  get all(): readonly SentEvent[] {
    return this.#sent;
  }

  /**
   * The emitted payloads of the event and of its subclasses, in order.
   *
   * @param event a class, a token or a topic
   */
  emitted<const K extends EventKey>(event: K): readonly PayloadOf<K>[] {
    return this.#payloads('emit', event);
  }

  /**
   * The published payloads. See {@link emitted}.
   *
   * @param event a class, a token or a topic
   */
  published<const K extends EventKey>(event: K): readonly PayloadOf<K>[] {
    return this.#payloads('publish', event);
  }

  /**
   * The deferred payloads. See {@link emitted}.
   *
   * @param event a class, a token or a topic
   */
  deferred<const K extends EventKey>(event: K): readonly PayloadOf<K>[] {
    return this.#payloads('defer', event);
  }

  /** Discards what was sent so far. */
  clear(): void {
    this.#sent = [];
  }

  /** Stops recording; the record can still be read. */
  stop(): void {
    this.#stop();
  }

  [DISPOSE](): void {
    this.stop();
  }

  /** @internal */
  called(): void {
    // Only what is sent counts here.
  }

  /** @internal */
  unheard(): void {
    // It was sent nevertheless.
  }

  /** @internal */
  sent(
    verb: SendVerb,
    event: EventKey,
    payload: unknown,
    scope: string,
    accepted?: Promise<unknown>,
  ): void {
    const sent: SentEvent = { verb, event, payload, scope };
    this.#sent.push(sent);
    accepted?.catch(() => {
      this.#sent = this.#sent.filter((other) => other !== sent);
    });
  }

  #payloads<K extends EventKey>(verb: SendVerb, event: K): readonly PayloadOf<K>[] {
    return this.#sent
      .filter((sent) => isSent(sent, verb, event))
      .map(({ payload }) => payload as PayloadOf<K>);
  }
}

/**
 * Records what the container's application emits, publishes and defers from now on, in all of its scopes.
 *
 * @param container a container with events, or an application; any scope of it will do
 * @returns a record that grows until `stop()` or the end of `using`
 * @throws CarillonError `CAR7053` for a container without events
 * @example
 * using record = recordEvents(container);
 * container.get(Shop).order('bell');
 * assertEmitted(record, OrderPlaced, { id: 'bell' });
 */
export function recordEvents(container: object): EventRecord {
  const { runtime } = hostOf(container).scope;
  return new EventRecord((observer) => addObserver(runtime, observer));
}

/** Whether it was sent by that verb, and a handler of the event would receive it. */
export function isSent(sent: SentEvent, verb: SendVerb, event: EventKey): boolean {
  return sent.verb === verb && matchesKey(event, sent.event);
}
