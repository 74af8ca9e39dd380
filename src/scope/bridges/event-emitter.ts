/** Bridges between a scope and whatever is shaped like an `EventEmitter` of Node. */
import type { EventKey, PayloadOf } from '../../../decorators/event-key.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import type { Scope } from '../scope.js';
import { endingWith, entrance } from './bridge.js';

/** What a bridge asks of an emitter that it listens to: Node's own, a stream, a socket, eventemitter3, a process. */
export interface EventEmitterSource {
  on(name: string | symbol, listener: (...args: unknown[]) => void): unknown;
  off(name: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/** What a bridge asks of an emitter that it emits to. */
export interface EventEmitterTarget {
  emit(name: string | symbol, ...args: unknown[]): unknown;
}

/**
 * Emits in the scope what a Node `EventEmitter` emits under a name, until the scope ends.
 *
 * @param read makes the event's payload of the listener's arguments; what it throws is reported as `CAR4011`
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended
 * @example
 * fromEventEmitter(scope, socket, 'data', Received, (chunk: Buffer) => new Received(chunk));
 */
// biome-ignore lint/complexity/useMaxParams: read at the end, it gets its types from the event before it
export function fromEventEmitter<const K extends EventKey, Args extends unknown[]>(
  scope: Scope,
  source: EventEmitterSource,
  name: string | symbol,
  event: K,
  read: (...args: Args) => PayloadOf<K>,
): Unsubscribe {
  const listener = entrance(scope, event, read);
  const bridge = endingWith(scope, () => source.off(name, listener));
  source.on(name, listener);
  return bridge;
}

/**
 * Emits on a Node `EventEmitter` what the scope hears of an event, until the scope ends.
 *
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended
 * @example
 * toEventEmitter(scope, OrderPlaced, legacy, 'order-placed');
 */
export function toEventEmitter(
  scope: Scope,
  event: EventKey,
  target: EventEmitterTarget,
  name: string | symbol,
): Unsubscribe {
  return scope.emitter.on(event, function toEventEmitter(payload) {
    target.emit(name, payload);
  });
}
