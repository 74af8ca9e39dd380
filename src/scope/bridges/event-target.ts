/** Bridges between a scope and an `EventTarget`: an element, a window, a worker, a signal. */
import type { EventKey } from '../../../decorators/event-key.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import { assertScope } from '../assert-scope.js';
import type { Scope } from '../scope.js';
import { checkIncoming, checkMethods, entrance, type IncomingEvent, openBridge } from './bridge.js';

/** What a bridge asks of a target that it listens to. */
export interface EventTargetSource {
  /** Adds a listener, which gets the DOM event. */
  addEventListener(type: string, listener: (event: unknown) => void): void;
  /** Removes the same listener: called at the end of the bridge. */
  removeEventListener(type: string, listener: (event: unknown) => void): void;
}

/** What a bridge asks of a target that it dispatches to. */
export interface EventTargetSink {
  /** Gets a `CustomEvent` for each event, with the payload as its `detail`. */
  dispatchEvent(event: unknown): boolean;
}

/**
 * Emits in the scope what is dispatched to a target under a type, until the scope ends.
 *
 * @param scope ends the bridge when it ends
 * @param source the target that is listened to
 * @param type the type of its event, such as `'keydown'`
 * @param incoming the event, and what makes its payload of the DOM event
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended, `CAR3013` for something that is not a scope, `CAR4009` for a source
 *   without these methods
 * @example
 * fromEventTarget(scope, window, 'keydown', { event: KeyPressed, read: ({ key }: KeyboardEvent) => new KeyPressed(key) });
 */
export function fromEventTarget<const K extends EventKey, Native>(
  scope: Scope,
  source: EventTargetSource,
  type: string,
  incoming: IncomingEvent<K, [event: Native]>,
): Unsubscribe {
  assertScope('fromEventTarget()', scope);
  checkMethods('fromEventTarget()', { source }, ['addEventListener', 'removeEventListener']);
  checkIncoming('fromEventTarget()', incoming);
  const listener = entrance(scope, incoming);
  return openBridge(scope, {
    begin: () => source.addEventListener(type, listener),
    end: () => source.removeEventListener(type, listener),
  });
}

/**
 * Dispatches each event that reaches the scope to a target, as a `CustomEvent` whose `detail` is the payload, until the scope ends.
 *
 * @param scope ends the bridge when it ends
 * @param event a class, a token or a topic
 * @param target what the `CustomEvent` is dispatched to
 * @param type the type of the `CustomEvent`
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended, `CAR3013` for something that is not a scope, `CAR4009` for a target
 *   that cannot dispatch
 * @example
 * toEventTarget(scope, ScoreChanged, document.body, 'score-changed');
 */
export function toEventTarget(
  scope: Scope,
  event: EventKey,
  target: EventTargetSink,
  type: string,
): Unsubscribe {
  assertScope('toEventTarget()', scope);
  checkMethods('toEventTarget()', { target }, ['dispatchEvent']);
  const { CustomEvent } = globalThis as unknown as {
    CustomEvent: new (type: string, init: { detail: unknown }) => unknown;
  };
  return scope.emitter.on(event, function toEventTarget(payload) {
    target.dispatchEvent(new CustomEvent(type, { detail: payload }));
  });
}
