/** The contract of an engine: it carries texts by topic. `remoteBus` does the rest, once for all engines. */
import type { WhenFull } from '../../decorators/when-full.js';

/** What an engine can do. A handler that asks for something else is refused when it is wired. */
export interface BusCapabilities {
  /** One copy for each group, spread over its members in all processes. */
  readonly groups: boolean;
  /** What may happen when a subscriber is full; the first is the default. `'wait'` means that the engine can be held back. */
  readonly whenFull: readonly WhenFull[];
  /** What is published while a subscriber's connection is lost reaches it when it is back. */
  readonly keepsForAbsent: boolean;
  /** A group's message whose member dies, or ends, before it is done goes to another member. */
  readonly redelivers: boolean;
}

/** A message to publish. */
export interface BusMessage {
  /** The name under which subscribers receive it; without wildcards. */
  readonly topic: string;
  /** Unique; the same when the message is sent again. */
  readonly id: string;
  /** A CloudEvent in structured JSON. */
  readonly text: string;
}

/** `'done'`: the engine may forget the message; `'returned'`: no handler got it, and another member of the group gets it. */
export type TransportResult = 'done' | 'returned';

/** What a subscriber wants to receive. */
export interface BusSubscription {
  /** A topic, or a pattern: `*` is one segment, `**` any number. The engine may send more: the rest is ignored. */
  readonly topic: string;
  /** Each message goes to one subscriber of a group; `undefined` for one that gets every message. */
  readonly group: string | undefined;
  /** How many messages may be in progress at once; `Infinity` for no limit. */
  readonly prefetch: number;
  /** Takes a message. Never rejects. */
  deliver(message: string | Uint8Array): Promise<TransportResult>;
}

/** Ends a subscription: resolves once nothing is delivered any more. */
export type EndSubscription = () => Promise<void>;

/** Receives from a transport what no caller hears. */
export interface TransportWatcher {
  /** Something failed that no caller waits for, such as a lost connection. */
  failed(error: unknown): void;
}

/** One connection to an engine. Each attempt to start makes a new one. */
export interface BusTransport {
  /** What errors call it: `'nats'`. */
  readonly name: string;
  /** What the engine can do. What it cannot is refused before it is asked for. */
  readonly capabilities: BusCapabilities;
  /** Connects. From then on it reconnects automatically, with its subscriptions, until it is closed. */
  connect(watcher: TransportWatcher): Promise<void>;
  /**
   * Resolves once the engine has accepted the message. Rejects with a `CarillonError` where the engine has surely not, and with any other error
   * where nobody knows.
   */
  publish(message: BusMessage): Promise<void>;
  /** Resolves once the engine has confirmed that messages published from now on will come. */
  subscribe(subscription: BusSubscription): Promise<EndSubscription>;
  /**
   * Closes the connection, within about a second even when the engine does not answer. A {@link connect} that has not settled is rejected.
   * Closing twice does nothing.
   */
  close(): Promise<void>;
}
