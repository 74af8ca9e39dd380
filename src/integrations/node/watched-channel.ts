/** A tracing channel of Node that tells when its first subscriber comes and its last one goes. */
import { type Channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel';

const PARTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
const CHANGES = ['subscribe', 'unsubscribe', 'bindStore', 'unbindStore'] as const;

/** A channel of ours. */
export class WatchedChannel<C extends object> {
  readonly tracing: TracingChannel<unknown, C>;
  readonly #listeners = new Set<() => void>();

  /** @param name its channels are called `tracing:<name>:start`, `tracing:<name>:end` … */
  constructor(name: string) {
    this.tracing = tracingChannel<unknown, C>(name);
    for (const part of PARTS)
      watch(this.tracing[part], () => {
        for (const listener of this.#listeners) listener();
      });
  }

  /** Node 20.19 asks for each of the five channels; the tracing channel's own answer came later. */
  get hasSubscribers(): boolean {
    return PARTS.some((part) => this.tracing[part].hasSubscribers);
  }

  /** Calls back after each change of the subscribers; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

/**
 * Node tells nobody that somebody subscribes, and to ask at each emit would cost each emit: so the methods of this one channel, by which
 * everybody subscribes, tell it. Node replaces the prototype meanwhile, so it is looked up at each call; a second copy of this package calls the first.
 */
function watch(channel: Channel, changed: () => void): void {
  for (const name of CHANGES) {
    const before: unknown = Object.getOwnPropertyDescriptor(channel, name)?.value;
    const value = (...given: unknown[]): unknown => {
      const method = before ?? Reflect.get(Object.getPrototypeOf(channel) as object, name);
      try {
        return Reflect.apply(method as () => unknown, channel, given);
      } finally {
        changed();
      }
    };
    Object.defineProperty(channel, name, { value, configurable: true, writable: true });
  }
}
