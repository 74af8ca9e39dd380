/** One subscription at the engine, and the handlers of this process that share it. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import { DeliveryContext, type MessageContext } from '../dispatch/delivery-context.js';
import type { Handler } from '../dispatch/handler.js';
import { inOrder } from '../dispatch/handler-list.js';
import { traceOf } from '../dispatch/processing.js';
import type { Envelope } from '../events/envelope.js';
import { kindOf } from '../events/event-types.js';
import type { MessageCodec } from '../events/message-codec.js';
import { envelopeFacts } from '../events/message-codec.js';
import { topicFilter } from '../events/topic-tree.js';
import type { BusTransport, EndSubscription, TransportResult } from './bus-transport.js';
import type { StartContext } from './start-context.js';
import type { DeliveryResult } from './subscriber-buffer.js';
import type { Subscribers } from './subscribers.js';

/** What a channel needs of its bus. */
export interface ChannelBus {
  readonly codec: MessageCodec;
  readonly subscribers: Subscribers;
  /** Where handlers run. */
  readonly context: StartContext;
  /** A member of a group has ended, and no other one is here: takes what it had not done. */
  returned(handler: Handler): void;
  /** Takes an error that no caller waits for. */
  report(error: CarillonError): void;
}

/** What the engine is asked for. */
export interface ChannelRoute {
  readonly topic: string;
  readonly group: string | undefined;
  /** How many messages the engine may send before it is told what became of them. */
  readonly prefetch: number;
}

/** A message on its way to its handlers. */
interface IncomingMessage {
  readonly message: string | Uint8Array;
  readonly envelope: Envelope;
  /** What it is for handlers that do not name a topic. */
  readonly key: EventKey;
  readonly context: MessageContext;
}

/** What one handler gets; in an object, because a payload may have a method `then`. */
interface Payload {
  readonly value: unknown;
}

/** A message that its handlers have got. */
interface DispatchedMessage {
  readonly result: Promise<TransportResult>;
}

const DONE: DispatchedMessage = { result: Promise.resolve('done') };
const RETURNED: DispatchedMessage = { result: Promise.resolve('returned') };

/** Reads messages one after another, so that handlers start in the order in which the engine sent them. */
export class SubscriberChannel {
  readonly #bus: ChannelBus;
  readonly #hears: (topic: string) => boolean;
  #handlers: readonly Handler[] = [];
  #opening: Promise<EndSubscription> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    readonly route: ChannelRoute,
    bus: ChannelBus,
  ) {
    this.#bus = bus;
    this.#hears = topicFilter(route.topic);
  }

  get isEmpty(): boolean {
    return this.#handlers.length === 0;
  }

  add(handler: Handler): void {
    this.#handlers = inOrder([...this.#handlers, handler]);
  }

  remove(handler: Handler): void {
    this.#handlers = this.#handlers.filter((other) => other !== handler);
  }

  /** Resolves once the engine has confirmed it. */
  async open(transport: BusTransport): Promise<void> {
    this.#opening ??= transport.subscribe({
      ...this.route,
      deliver: (message) => this.#bus.context.run(() => this.#deliver(message)),
    });
    await this.#opening;
  }

  /** Ends the subscription as soon as it is confirmed; it can be opened again. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const end = await opening?.catch(() => undefined);
    await end?.();
  }

  /** Resolves once what the engine has delivered is read, and given to its handlers. */
  async read(): Promise<void> {
    await this.#bus.context.run(async () => this.#reading);
  }

  async #deliver(message: string | Uint8Array): Promise<TransportResult> {
    const dispatching = this.#reading.then(() => this.#dispatch(message));
    this.#reading = dispatching.catch(() => undefined);
    try {
      const { result } = await dispatching;
      return await result;
    } catch (error) {
      // A message that cannot be read is reported and does not stop the others.
      this.#bus.report(error as CarillonError);
      return 'done';
    }
  }

  async #dispatch(message: string | Uint8Array): Promise<DispatchedMessage> {
    const { codec } = this.#bus;
    const envelope = codec.decode(message);
    if (!this.#hears(envelope.type)) return DONE;
    if (this.isEmpty) return RETURNED;
    const suited = this.#suited(envelope);
    // It is for nobody who could take it, here or elsewhere: to give it back would send it round for ever.
    if (suited.length === 0) return DONE;
    const payloads = await this.#payloads(message, envelope, suited);
    const key = codec.keyOf(envelope) as EventKey;
    const context = { facts: envelopeFacts(envelope, 1), trace: traceOf(envelope) };
    const incoming = { message, envelope, key, context };
    if (this.route.group !== undefined)
      return { result: this.#giveOne(incoming, payloads[0] as Payload) };
    const results = suited.map((handler, index) =>
      this.#give(handler, incoming, payloads[index] as Payload),
    );
    // The engine holds back only what is to wait here.
    return this.route.prefetch === Number.POSITIVE_INFINITY ? DONE : { result: allDone(results) };
  }

  /** To one member, or to another one when that ends first. */
  async #giveOne(incoming: IncomingMessage, first: Payload): Promise<TransportResult> {
    const { envelope, message } = incoming;
    let payload = first;
    let before: Handler | undefined;
    for (;;) {
      const members = this.#suited(envelope).filter(({ active }) => active);
      const [member] = this.#bus.subscribers.choose(members);
      if (member === undefined || member === before) break;
      if ((await this.#give(member, incoming, payload)) !== 'returned') return 'done';
      payload = await this.#payloadOf(this.#bus.codec.decode(message), member);
      before = member;
    }
    if (before !== undefined) this.#bus.returned(before);
    return 'returned';
  }

  #give(
    handler: Handler,
    { envelope, key, context }: IncomingMessage,
    { value }: Payload,
  ): Promise<DeliveryResult> {
    const heard = typeof handler.plan.event === 'string' ? envelope.type : key;
    return new Promise((done) => {
      this.#bus.subscribers.give(handler, {
        key: heard,
        payload: value,
        deliveryContext: new DeliveryContext(heard, context),
        done,
      });
    });
  }

  #suited(envelope: Envelope): readonly Handler[] {
    return this.#handlers.filter(({ plan }) => suits(plan.event, envelope));
  }

  /** One for each handler, or one for the member of the group that gets it: what one does to its own no other sees. */
  async #payloads(
    message: string | Uint8Array,
    envelope: Envelope,
    suited: readonly Handler[],
  ): Promise<Payload[]> {
    const payloads: Payload[] = [];
    for (const handler of this.route.group === undefined ? suited : suited.slice(0, 1)) {
      const own = payloads.length === 0 ? envelope : this.#bus.codec.decode(message);
      payloads.push(await this.#payloadOf(own, handler));
    }
    return payloads;
  }

  async #payloadOf(envelope: Envelope, { plan }: Handler): Promise<Payload> {
    const { codec } = this.#bus;
    if (typeof plan.event === 'string') return { value: envelope.data };
    return { value: await codec.payloadFor(codec.keyOf(envelope) as EventKey, envelope) };
  }
}

/** A message of another program does not tell classes from topics, and suits both. */
function suits(event: EventKey, { kind }: Envelope): boolean {
  return kind === undefined || kind === kindOf(event);
}

async function allDone(results: readonly Promise<DeliveryResult>[]): Promise<TransportResult> {
  await Promise.all(results);
  return 'done';
}
