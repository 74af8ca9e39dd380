/** A message that is kept in memory, by reference. */
import type { MessageFacts } from '../../../decorators/delivery.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import type { MessageContext, Progress } from '../../dispatch/delivery-context.js';
import type { ContextSnapshot } from '../../dispatch/runtime.js';
import type { OutgoingFacts } from '../../events/message-codec.js';
import { newId } from '../../events/new-id.js';
import type { DeferOptions } from '../defer-options.js';
import type { DeferredHandler } from '../deferred-handlers.js';
import type { WorkItem } from '../message-worker.js';
import type { Failure, MessageStatus } from '../queue-provider.js';
import type { MessageStore } from './message-store.js';

/** Which way messages go. */
export interface MessageRoute {
  readonly queue: MessageStore;
  readonly key: EventKey;
  /** `undefined` where nobody listened. */
  readonly target: DeferredHandler | undefined;
}

/**
 * Small, because many may wait: what few messages have stands in {@link MessageExtras}, those that go the same way share their address, and an id
 * is made when somebody asks for it.
 */
export class MemoryMessage implements WorkItem {
  attempt = 0;
  state: MessageStatus['state'] | 'cancelled' = 'waiting';
  snapshot: ContextSnapshot | undefined = undefined;
  /** Counted from when the queue was made: a small number takes no room of its own. */
  readonly #enqueued: number;

  constructor(
    public address: MessageRoute,
    public payload: unknown,
    public special: MessageExtras | undefined,
    enqueuedAt: number,
  ) {
    this.#enqueued = enqueuedAt - address.queue.madeAt;
  }

  get queue(): MessageStore {
    return this.address.queue;
  }

  get key(): EventKey {
    return this.address.key;
  }

  get target(): DeferredHandler | undefined {
    return this.address.target;
  }

  /** In milliseconds since 1970 UTC. */
  get enqueuedAt(): number {
    return this.queue.madeAt + this.#enqueued;
  }

  /** From the moment on in which it has been asked for, the queue finds the message by it. */
  get id(): string {
    const { rare } = this;
    if (rare.id === undefined) {
      rare.id = newId();
      this.queue.name(rare.id, this);
    }
    return rare.id;
  }

  /** Whether anybody can know it by its id. */
  get hasId(): boolean {
    return this.special?.id !== undefined;
  }

  get expired(): boolean {
    return this.special?.expiresAt !== undefined && this.special.expiresAt < this.queue.clock.now();
  }

  get context(): MessageContext {
    return new MemoryContext(this);
  }

  /** Its rare side, made when it is needed. */
  get rare(): MessageExtras {
    this.special ??= new MessageExtras();
    return this.special;
  }

  progress(fraction: number): void {
    this.rare.progress = Math.min(1, Math.max(0, fraction));
  }

  log(line: string): void {
    this.rare.log.push(line);
  }
}

/** What few messages have. */
export class MessageExtras {
  id: string | undefined = undefined;
  readonly log: string[] = [];
  progress = 0;
  failure: Failure | undefined;
  readonly priority: number;
  readonly orderingKey: string | undefined;
  readonly expiresAt: number | undefined;
  /** What the sender calls it. */
  readonly givenId: string | undefined;
  /** Which story it goes on with, where a handler sent it. */
  story: OutgoingFacts | undefined = undefined;

  constructor({ priority = 0, orderingKey, ttl, id }: DeferOptions = {}, now = 0) {
    this.priority = priority;
    this.orderingKey = orderingKey;
    this.expiresAt = ttl === undefined ? undefined : now + ttl;
    this.givenId = id;
  }

  /** What was said of the message, for another one. */
  copy(): MessageExtras {
    const { priority, orderingKey, expiresAt, givenId, story } = this;
    return Object.assign(new MessageExtras(), { priority, orderingKey, expiresAt, givenId, story });
  }
}

class MemoryContext implements MessageContext {
  readonly #message: MemoryMessage;
  #facts: MessageFacts | undefined;

  constructor(message: MemoryMessage) {
    this.#message = message;
  }

  get facts(): MessageFacts {
    this.#facts ??= memoryMessageFacts(this.#message);
    return this.#facts;
  }

  get progress(): Progress {
    return this.#message;
  }
}

function memoryMessageFacts(message: MemoryMessage): MessageFacts {
  const { special, key, enqueuedAt } = message;
  return {
    // As a getter, because asking for it is what makes it.
    get id() {
      return special?.givenId ?? message.id;
    },
    get attempt() {
      return message.attempt;
    },
    type: eventName(key),
    source: message.queue.source,
    time: new Date(enqueuedAt),
    get correlationId() {
      return special?.story?.correlationId ?? special?.givenId ?? message.id;
    },
    ...traceOf(special?.story),
    ...(special?.orderingKey === undefined ? {} : { orderingKey: special.orderingKey }),
  };
}

function traceOf({
  causationId,
  traceparent,
  tracestate,
}: OutgoingFacts = {}): Partial<MessageFacts> {
  return {
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}
