/** What an engine does for the bus: it carries texts by topic. Everything else is done once for all engines, by `remoteBus`. */
import type { WhenFull } from '../../decorators/when-full.js';

/** What an engine can do. What it cannot is refused by that name when a handler that asks for it is wired. */
export interface BusCapabilities {
  /** One copy for each group, spread over its members in all processes. */
  readonly groups: boolean;
  /** What may happen when a subscriber is full; the first is the default. `'wait'` says that the engine can be made to hold back. */
  readonly whenFull: readonly WhenFull[];
  /** What is published while a subscriber's connection is lost reaches it when it is back. */
  readonly keepsForAbsent: boolean;
  /** A group's message whose member dies, or ends, before it is done goes to another member. */
  readonly redelivers: boolean;
}

/** A message that is to be carried. */
export interface BusMessage {
  readonly topic: string;
  readonly id: string;
  /** A CloudEvent in structured JSON. */
  readonly text: string;
}

/** `'done'`: the engine may forget the message; `'returned'`: it was not worked on, and goes to another member of the group. */
export type TransportResult = 'done' | 'returned';

/** A wish to be told. */
export interface BusSubscription {
  /** A topic, or a pattern: `*` is one segment, `**` any number. The engine may send more than that; it is sorted out. */
  readonly topic: string;
  readonly group: string | undefined;
  /** How many messages may be undone at once; `Infinity` where they are not to be held back. */
  readonly prefetch: number;
  /** Takes a message; never rejects. */
  deliver(message: string | Uint8Array): Promise<TransportResult>;
}

/** Ends a subscription: resolves once nothing is delivered any more. */
export type EndSubscription = () => Promise<void>;

/** Told by a transport of what no caller hears. */
export interface TransportWatcher {
  /** Something failed that nobody waits for, such as a connection that was lost. */
  failed(error: unknown): void;
}

/** One connection to an engine. Made anew for each attempt to start. */
export interface BusTransport {
  /** What errors call it: `'nats'`. */
  readonly name: string;
  readonly capabilities: BusCapabilities;
  /** Connects; from then on it connects again by itself, with its subscriptions, for as long as it is not closed. */
  connect(watcher: TransportWatcher): Promise<void>;
  /** Resolves once the engine has accepted the message, and rejects when it has not. */
  publish(message: BusMessage): Promise<void>;
  /** Resolves once the engine has confirmed that messages published from now on will come. */
  subscribe(subscription: BusSubscription): Promise<EndSubscription>;
  /**
   * Lets go of everything, within about a second also when the engine does not answer, and while {@link connect} has not settled: that
   * is rejected then. Closing twice does nothing.
   */
  close(): Promise<void>;
}
