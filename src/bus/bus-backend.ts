/** What the bus of an application publishes and subscribes through. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from '../dispatch/handler.js';
import type { Scope } from '../scope/scope.js';
import type { BusCapabilities } from './bus-transport.js';

/** What `events({ bus })` takes: `natsBus()`, `redisBus()` … One may be given to several applications: each gets a backend of its own. */
export interface BusProvider {
  /** What errors call the engine. */
  readonly name: string;
  /** What the engine can do. What it cannot is refused when it is asked for. */
  readonly capabilities: BusCapabilities;
  /** @internal */
  attach(scope: Scope): BusBackend;
}

/** The connection of one application. */
export interface BusBackend {
  /** Subscribes a handler, at the latest when the application starts; returns the unsubscribe function. */
  add(handler: Handler): () => void;
  publish(key: EventKey, payload: unknown): Promise<void>;
  start(): Promise<void>;
  ready(): Promise<void>;
  /** Takes nothing more from the engine, and resolves once none of what it has taken waits for a subscriber. */
  drained?(): Promise<void>;
  end(): void;
  close(): Promise<void>;
  /** {@link close} is not waited for any more: gives up what the engine has not answered, and names it. */
  leave?(): readonly string[];
}
