/** Bridges between a scope and anything with the methods of Node's `EventEmitter`. */
import type { EventKey } from '../../../decorators/event-key.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import { assertScope } from '../assert-scope.js';
import type { Scope } from '../scope.js';
import { checkIncoming, checkMethods, entrance, type IncomingEvent, openBridge } from './bridge.js';

/** What a bridge asks of an emitter that it listens to: Node's own, a stream, a socket, eventemitter3, a process. */
export interface EventEmitterSource {
  /** Adds a listener, which gets whatever is emitted under the name. */
  on(name: string | symbol, listener: (...args: unknown[]) => void): unknown;
  /** Removes the same listener: called at the end of the bridge. */
  off(name: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/** What a bridge asks of an emitter that it emits to. */
export interface EventEmitterTarget {
  /** Called with the payload of each event. */
  emit(name: string | symbol, ...args: unknown[]): unknown;
}

/**
 * Emits in the scope what a Node `EventEmitter` emits under a name, until the scope ends.
 *
 * @param scope ends the bridge when it ends
 * @param source the emitter that is listened to
 * @param name the name of its event
 * @param incoming the event, and what makes its payload of the listener's arguments
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended, `CAR3013` for something that is not a scope, `CAR4009` for a source
 *   without these methods
 * @example
 * fromEventEmitter(scope, socket, 'data', { event: Received, read: (chunk: Buffer) => new Received(chunk) });
 */
export function fromEventEmitter<const K extends EventKey, Args extends unknown[]>(
  scope: Scope,
  source: EventEmitterSource,
  name: string | symbol,
  incoming: IncomingEvent<K, Args>,
): Unsubscribe {
  assertScope('fromEventEmitter()', scope);
  checkMethods('fromEventEmitter()', { source }, ['on', 'off']);
  checkIncoming('fromEventEmitter()', incoming);
  const listener = entrance(scope, incoming);
  return openBridge(scope, {
    begin: () => source.on(name, listener),
    end: () => source.off(name, listener),
  });
}

/**
 * Emits on a Node `EventEmitter` each event that reaches the scope, until the scope ends.
 *
 * @param scope ends the bridge when it ends
 * @param event a class, a token or a topic
 * @param target the emitter that emits
 * @param name under which it emits; the payload is the only argument
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended, `CAR3013` for something that is not a scope, `CAR4009` for a target
 *   that cannot emit
 * @example
 * toEventEmitter(scope, OrderPlaced, legacy, 'order-placed');
 */
export function toEventEmitter(
  scope: Scope,
  event: EventKey,
  target: EventEmitterTarget,
  name: string | symbol,
): Unsubscribe {
  assertScope('toEventEmitter()', scope);
  checkMethods('toEventEmitter()', { target }, ['emit']);
  return scope.emitter.on(event, function toEventEmitter(payload) {
    target.emit(name, payload);
  });
}
