/** A message that is kept in memory, by reference. */
import type { MessageFacts } from '../../../decorators/delivery.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import type { Clock } from '../../dispatch/clock.js';
import type { MessageContext, Progress } from '../../dispatch/delivery-context.js';
import { traceOf } from '../../dispatch/processing.js';
import type { ContextSnapshot } from '../../dispatch/runtime.js';
import type { MessageTrace } from '../../dispatch/telemetry.js';
import type { OutgoingFacts } from '../../events/message-codec.js';
import { newId } from '../../events/new-id.js';
import { type DeferOptions, timesOf } from '../defer-options.js';
import type { DeferredHandler } from '../deferred-handlers.js';
import type { WorkItem } from '../message-worker.js';
import type { Failure, MessageStatus } from '../queue-provider.js';

/**
 * Small, because many may wait: rare fields are in {@link MessageExtras}, messages of one event for one handler share their route, and an
 * id is made on demand.
 */

export class MemoryMessage implements WorkItem {
  attempt = 0;
  state: MessageStatus['state'] | 'cancelled' = 'waiting';
  snapshot: ContextSnapshot | undefined = undefined;
  /** Milliseconds since the store was made: a small integer takes no memory of its own. */
  readonly #enqueued: number;

  constructor(
    public route: MessageRoute,
    public payload: unknown,
    public extras: MessageExtras | undefined,
    enqueuedAt: number,
  ) {
    this.#enqueued = enqueuedAt - route.store.madeAt;
  }

  get store(): MessageOwner {
    return this.route.store;
  }

  get key(): EventKey {
    return this.route.key;
  }

  get recipient(): DeferredHandler | undefined {
    return this.route.recipient;
  }

  /** In milliseconds since 1970 UTC. */
  get enqueuedAt(): number {
    return this.store.madeAt + this.#enqueued;
  }

  /** Made when it is first read; the store finds the message by it from then on. */
  get id(): string {
    const extras = this.ensureExtras();
    if (extras.id === undefined) {
      extras.id = newId();
      this.store.name(extras.id, this);
    }
    return extras.id;
  }

  /** Whether anyone may know the message by its id. */
  get hasId(): boolean {
    return this.extras?.id !== undefined;
  }

  get expired(): boolean {
    return this.extras?.expiresAt !== undefined && this.extras.expiresAt < this.store.clock.now();
  }

  get context(): MessageContext {
    return new MemoryContext(this);
  }

  ensureExtras(): MessageExtras {
    this.extras ??= new MessageExtras();
    return this.extras;
  }

  /** It is done: its status may be asked for, and nothing else. */
  letGo(): void {
    this.payload = undefined;
    this.snapshot = undefined;
  }

  progress(fraction: number): void {
    this.ensureExtras().progress = Math.min(1, Math.max(0, fraction));
  }

  log(line: string): void {
    this.ensureExtras().log.push(line);
  }
}

/** Where messages of one event for one handler are kept. */
export interface MessageRoute {
  readonly store: MessageOwner;
  readonly key: EventKey;
  /** `undefined` where no handler was known. */
  readonly recipient: DeferredHandler | undefined;
}

/** What a message needs of the store that keeps it. */
export interface MessageOwner {
  readonly queueName: string;
  /** The CloudEvents source of its messages. */
  readonly source: string;
  readonly clock: Clock;
  /** In milliseconds since 1970 UTC. */
  readonly madeAt: number;
  /** From now on the message is found by that id. */
  name(id: string, message: MemoryMessage): void;
}

/** The rare fields of a message. */
export class MessageExtras {
  id: string | undefined = undefined;
  readonly log: string[] = [];
  progress = 0;
  failure: Failure | undefined;
  /** By which duplicates of it are recognised. */
  dedupKey: string | undefined = undefined;
  /** Since when it has waited for an instance of its handler, on the clock of its store. */
  parkedAt: number | undefined = undefined;
  readonly priority: number;
  readonly orderingKey: string | undefined;
  readonly expiresAt: number | undefined;
  /** The id that the sender gave it. */
  readonly givenId: string | undefined;
  /** Correlation and trace of the message whose handler sent it. */
  correlation: OutgoingFacts | undefined = undefined;

  constructor(options: DeferOptions = {}, now = 0) {
    const { priority = 0, orderingKey, id } = options;
    const { ttl } = timesOf(options);
    this.priority = priority;
    this.orderingKey = orderingKey;
    this.expiresAt = ttl === undefined ? undefined : now + ttl;
    this.givenId = id;
  }

  /** The options and correlation of the message, for another one. */
  copy(): MessageExtras {
    const { priority, orderingKey, expiresAt, givenId, correlation } = this;
    return Object.assign(new MessageExtras(), {
      priority,
      orderingKey,
      expiresAt,
      givenId,
      correlation,
    });
  }
}

/** A message as its handler hears it. */
export class MemoryContext implements MessageContext {
  #facts: MessageFacts | undefined;

  constructor(readonly message: MemoryMessage) {}

  get facts(): MessageFacts {
    this.#facts ??= memoryMessageFacts(this.message);
    return this.#facts;
  }

  get progress(): Progress {
    return this.message;
  }

  get trace(): MessageTrace | undefined {
    const { correlation } = this.message.extras ?? {};
    return correlation && traceOf(correlation);
  }
}

/**
 * The id is made when it is asked for. All facts share these functions: a getter of an object literal is a new function for each object, and
 * V8 keeps it, with all that it leads to, until a full collection.
 */
const ON_DEMAND: PropertyDescriptorMap = {
  id: { enumerable: true, get: idOfFacts },
  correlationId: { enumerable: true, get: correlationOfFacts },
};

class MemoryFacts {
  readonly #message: MemoryMessage;

  constructor(message: MemoryMessage) {
    this.#message = message;
  }

  static messageOf(facts: MemoryFacts): MemoryMessage {
    return facts.#message;
  }
}

function idOfFacts(this: MemoryFacts): string {
  const message = MemoryFacts.messageOf(this);
  return message.extras?.givenId ?? message.id;
}

function correlationOfFacts(this: MemoryFacts): string {
  const message = MemoryFacts.messageOf(this);
  return message.extras?.correlation?.correlationId ?? idOfFacts.call(this);
}

function memoryMessageFacts(message: MemoryMessage): MessageFacts {
  const { extras, key, enqueuedAt, attempt, store } = message;
  const facts = new MemoryFacts(message);
  Object.defineProperties(facts, ON_DEMAND);
  return Object.assign(facts, {
    attempt,
    type: eventName(key),
    source: store.source,
    time: new Date(enqueuedAt),
    ...storyOf(extras?.correlation),
    ...(extras?.orderingKey === undefined ? {} : { orderingKey: extras.orderingKey }),
  }) as unknown as MessageFacts;
}

function storyOf({
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
