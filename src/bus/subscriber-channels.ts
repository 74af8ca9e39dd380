/** The subscriptions at the engine that the handlers of one application need. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { EventClass, EventKey } from '../../decorators/event-key.js';
import { eventTypeOf, subtypesOf, watchSubtypes } from '../../decorators/event-type.js';
import type { GroupOptions } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import type { Handler } from '../dispatch/handler.js';
import { inability } from './bus-error.js';
import type { BusCapabilities } from './bus-transport.js';
import { boundsOf } from './subscriber-buffer.js';
import { type ChannelBus, type ChannelRoute, SubscriberChannel } from './subscriber-channel.js';
import { groupOf } from './subscribers.js';

/** What the channels need of their bus. */
export interface ChannelsBus extends ChannelBus {
  /** The name of the engine. */
  readonly name: string;
  readonly capabilities: BusCapabilities;
  readonly options: GroupOptions;
  readonly whenFull: WhenFull;
  /** Opens a channel, where the engine is connected. */
  openChannel(channel: SubscriberChannel): void;
  /** Closes one that no handler needs any more. */
  closeChannel(channel: SubscriberChannel): void;
}

/** Handlers of one topic, group and bounds share a subscription. */
export class SubscriberChannels {
  readonly #bus: ChannelsBus;
  readonly #channels = new Map<string, SubscriberChannel>();

  constructor(bus: ChannelsBus) {
    this.#bus = bus;
  }

  get all(): readonly SubscriberChannel[] {
    return [...this.#channels.values()];
  }

  /** Subscribes a handler; returns the undoing. */
  add(handler: Handler): () => void {
    const { event, exact } = handler.plan;
    const channels = new Set(this.#topics(handler).map((topic) => this.#obtain(topic, handler)));
    for (const channel of channels) this.#join(channel, handler);
    const unwatch =
      typeof event === 'function' && !exact
        ? watchSubtypes(event, (subtype) => this.#addSubtype(subtype, handler, channels))
        : undefined;
    return () => {
      unwatch?.();
      for (const channel of channels) this.#leave(channel, handler);
    };
  }

  clear(): void {
    this.#channels.clear();
  }

  /** A class below the handler's own has been named. */
  #addSubtype(subtype: EventClass, handler: Handler, channels: Set<SubscriberChannel>): void {
    try {
      const channel = this.#obtain(this.#bus.codec.nameOf(subtype), handler);
      if (channels.has(channel)) return;
      channels.add(channel);
      this.#join(channel, handler);
    } catch (error) {
      // The class that is being declared must not fail because of a handler.
      this.#bus.report(error as CarillonError);
    }
  }

  #join(channel: SubscriberChannel, handler: Handler): void {
    channel.add(handler);
    this.#bus.openChannel(channel);
  }

  #leave(channel: SubscriberChannel, handler: Handler): void {
    channel.remove(handler);
    const key = keyOf(channel.route);
    if (!channel.isEmpty || this.#channels.get(key) !== channel) return;
    this.#channels.delete(key);
    this.#bus.closeChannel(channel);
  }

  /** The topics of a handler; those of a base class include its subclasses. */
  #topics({ plan: { event, exact } }: Handler): string[] {
    const { codec } = this.#bus;
    if (typeof event === 'string') return [event];
    if (typeof event === 'object' || exact) return [codec.nameOf(event)];
    const below = subtypesOf(event).map((subtype) => codec.nameOf(subtype));
    const isAbstract = below.length > 0 && eventTypeOf(event as EventClass) === undefined;
    return isAbstract ? below : [codec.nameOf(event), ...below];
  }

  #obtain(topic: string, handler: Handler): SubscriberChannel {
    const { name, capabilities, options, whenFull: usual } = this.#bus;
    const group = groupOf(handler);
    const { whenFull, concurrency, limit } = boundsOf(handler.plan, options, usual);
    if (group !== undefined && !capabilities.groups)
      throw inability(handler, name, `has no groups, and it is in "${group}"`);
    if (!capabilities.whenFull.includes(whenFull))
      throw inability(handler, name, `cannot do whenFull: '${whenFull}'`);
    const prefetch = whenFull === 'wait' ? concurrency + limit : Number.POSITIVE_INFINITY;
    const route = { topic, group: sharedGroup(group, handler.plan.event), prefetch };
    const key = keyOf(route);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new SubscriberChannel(route, this.#bus);
      this.#channels.set(key, channel);
    }
    return channel;
  }
}

/** Handlers of topics and of classes receive different messages of one name: they must not share a subscription. */
function sharedGroup(group: string | undefined, event: EventKey): string | undefined {
  return group !== undefined && typeof event === 'string' ? `${group}~topic` : group;
}

function keyOf({ topic, group, prefetch }: ChannelRoute): string {
  return JSON.stringify([topic, group, prefetch]);
}
