/** One subscription at the engine, and the handlers of this process that share it. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import { DeliveryContext } from '../dispatch/delivery-context.js';
import type { Handler } from '../dispatch/handler.js';
import { inOrder } from '../dispatch/handler-list.js';
import type { Envelope } from '../events/envelope.js';
import { kindOf } from '../events/event-types.js';
import type { MessageCodec } from '../events/message-codec.js';
import { envelopeFacts } from '../events/message-codec.js';
import { topicFilter } from '../events/topic-tree.js';
import type { BusTransport, EndSubscription, TransportResult } from './bus-transport.js';
import type { DeliveryResult } from './subscriber-buffer.js';
import type { Subscribers } from './subscribers.js';

/** What a channel needs of its bus. */
export interface ChannelBus {
  readonly codec: MessageCodec;
  readonly subscribers: Subscribers;
  /** Takes an error that no caller waits for. */
  report(error: CarillonError): void;
}

/** A message that its handlers have got. */
interface Dispatched {
  readonly results: readonly Promise<DeliveryResult>[];
}

/** Reads messages one after another, so that handlers start in the order in which the engine sent them. */
export class SubscriberChannel {
  readonly #bus: ChannelBus;
  readonly #hears: (topic: string) => boolean;
  #handlers: readonly Handler[] = [];
  #opening: Promise<EndSubscription> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    readonly topic: string,
    readonly group: string | undefined,
    readonly prefetch: number,
    bus: ChannelBus,
  ) {
    this.#bus = bus;
    this.#hears = topicFilter(topic);
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
    const { topic, group, prefetch } = this;
    this.#opening ??= transport.subscribe({
      topic,
      group,
      prefetch,
      deliver: (message) => this.#deliver(message),
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

  async #deliver(message: string | Uint8Array): Promise<TransportResult> {
    const dispatching = this.#reading.then(() => this.#dispatch(message));
    this.#reading = dispatching.catch(() => undefined);
    try {
      const { results } = await dispatching;
      const isReturned =
        this.group !== undefined &&
        (await Promise.all(results)).every((result) => result === 'returned');
      return isReturned ? 'returned' : 'done';
    } catch (error) {
      // A message that cannot be read is reported and does not stop the others.
      this.#bus.report(error as CarillonError);
      return 'done';
    }
  }

  async #dispatch(message: string | Uint8Array): Promise<Dispatched> {
    const { codec, subscribers } = this.#bus;
    const envelope = codec.decode(message);
    if (!this.#hears(envelope.type)) return { results: [Promise.resolve('done')] };
    const suited = this.#handlers.filter(({ plan }) => suits(plan.event, envelope));
    const key = codec.keyOf(envelope) as EventKey;
    const payloads = await this.#payloads(message, envelope, suited);
    const chosen = subscribers.choose(suited.filter((handler) => handler.active));
    const context = { facts: envelopeFacts(envelope, 1) };
    const results = chosen.map(
      (handler) =>
        new Promise<DeliveryResult>((done) => {
          const isTopic = typeof handler.plan.event === 'string';
          const deliveryContext = new DeliveryContext(isTopic ? envelope.type : key, context);
          subscribers.give(handler, {
            payload: payloads[this.group === undefined ? suited.indexOf(handler) : 0],
            deliveryContext,
            done,
          });
        }),
    );
    return { results };
  }

  /** One for each handler, or one for the member of the group that gets it: what one does to its own no other sees. */
  async #payloads(
    message: string | Uint8Array,
    envelope: Envelope,
    suited: readonly Handler[],
  ): Promise<unknown[]> {
    const { codec } = this.#bus;
    const payloads: unknown[] = [];
    for (const { plan } of this.group === undefined ? suited : suited.slice(0, 1)) {
      const own = payloads.length === 0 ? envelope : codec.decode(message);
      const key = codec.keyOf(own) as EventKey;
      payloads.push(typeof plan.event === 'string' ? own.data : await codec.payloadFor(key, own));
    }
    return payloads;
  }
}

/** A message of another program does not tell classes from topics, and suits both. */
function suits(event: EventKey, { kind }: Envelope): boolean {
  return kind === undefined || kind === kindOf(event);
}
