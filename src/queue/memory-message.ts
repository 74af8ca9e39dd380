/** A message that is kept in memory, by reference. */
import type { MessageFacts } from '../../decorators/delivery.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-name.js';
import type { MessageContext, Progress } from '../dispatch/frame.js';
import type { Restore } from '../dispatch/restore.js';
import type { OutgoingFacts } from '../events/message-codec.js';
import { newId } from '../events/new-id.js';
import type { DeferOptions } from './defer-options.js';
import type { MemoryQueue } from './memory-queue.js';
import type { WorkItem } from './message-worker.js';
import type { Failure, MessageStatus } from './queue-provider.js';
import type { Target } from './target.js';

/** Small: what few messages have stands in {@link Special}, and an id is made when somebody asks for it. */
export class MemoryMessage implements WorkItem {
  attempt = 0;
  state: MessageStatus['state'] | 'cancelled' = 'waiting';
  restore: Restore | undefined = undefined;
  #id: string | undefined;
  /** Counted from when the queue was made: a small number takes no room of its own. */
  readonly #enqueued: number;

  constructor(
    readonly queue: MemoryQueue,
    readonly key: EventKey,
    public payload: unknown,
    public target: Target | undefined,
    public special: Special | undefined,
    enqueuedAt: number,
  ) {
    this.#enqueued = enqueuedAt - queue.madeAt;
  }

  /** In milliseconds since 1970 UTC. */
  get enqueuedAt(): number {
    return this.queue.madeAt + this.#enqueued;
  }

  /** From the moment on in which it has been asked for, the queue finds the message by it. */
  get id(): string {
    if (this.#id === undefined) {
      this.#id = newId();
      this.queue.name(this.#id, this);
    }
    return this.#id;
  }

  /** Whether anybody can know it by its id. */
  get hasId(): boolean {
    return this.#id !== undefined;
  }

  get expired(): boolean {
    return this.special?.expiresAt !== undefined && this.special.expiresAt < this.queue.clock.now();
  }

  get context(): MessageContext {
    return new MemoryContext(this);
  }

  /** Its rare side, made when it is needed. */
  get rare(): Special {
    this.special ??= new Special();
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
export class Special {
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

  constructor(options: DeferOptions = {}, now = 0) {
    this.priority = options.priority ?? 0;
    this.orderingKey = options.orderingKey;
    this.expiresAt = options.ttl === undefined ? undefined : now + options.ttl;
    this.givenId = options.id;
  }
}

class MemoryContext implements MessageContext {
  readonly #message: MemoryMessage;
  #facts: MessageFacts | undefined;

  constructor(message: MemoryMessage) {
    this.#message = message;
  }

  get facts(): MessageFacts {
    this.#facts ??= factsOf(this.#message);
    return this.#facts;
  }

  get progress(): Progress {
    return this.#message;
  }
}

function factsOf(message: MemoryMessage): MessageFacts {
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

function traceOf({ causationId, traceparent, tracestate }: OutgoingFacts = {}): Partial<MessageFacts> {
  return {
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}
