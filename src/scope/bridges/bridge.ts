/** What bridges have in common: events from elsewhere enter a scope, and a bridge ends with its scope. */

import { CarillonError } from '../../../decorators/carillon-error.js';
import {
  callback,
  checkKnownOptions,
  needed,
  refuseFault,
  withMethods,
} from '../../../decorators/check-options.js';
import { checkEvent } from '../../../decorators/declaration.js';
import type { EventKey, PayloadOf } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import { DISPOSE } from '../../dispatch/dispose-symbols.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import { thrownSentence } from '../../events/describe-thrown.js';
import { checkTopic, readEvent } from '../../events/event-arguments.js';
import type { Scope } from '../scope.js';

/** The event that a bridge makes of what its source gives. */
export interface IncomingEvent<K extends EventKey, Args extends unknown[]> {
  /** What is emitted in the scope: a class, a token or a topic. */
  readonly event: K;
  /** Makes the event's payload; for a class, an instance of it. What it throws is reported as `CAR4011`, and the source goes on. */
  readonly read: (...args: Args) => PayloadOf<K>;
}

/**
 * Checks what comes in, before anything is registered.
 *
 * @param place what was called, `fromEventEmitter()`
 * @throws CarillonError `CAR1004`, `CAR4004` for an event that cannot be sent, `CAR4009` without a function `read`
 */
export function checkIncoming<K extends EventKey, Args extends unknown[]>(
  place: string,
  incoming: IncomingEvent<K, Args>,
): void {
  checkKnownOptions('CAR4009', place, INCOMING, incoming);
  if (typeof incoming.event === 'string') checkTopic(place, incoming.event);
  else checkEvent('On', place, incoming.event);
}

const INCOMING = /* @__PURE__ */ (() => ({ read: needed(callback()) }))();

/**
 * Checks that the other side has the methods that the bridge calls, those that end it included.
 *
 * @param side the other side, by what it is called: `{ source }` or `{ target }`
 * @throws CarillonError `CAR4009`
 */
export function checkMethods(
  place: string,
  side: Readonly<Record<string, unknown>>,
  methods: readonly string[],
): void {
  for (const [name, value] of Object.entries(side))
    refuseFault('CAR4009', place, withMethods(...methods)(value, name));
}

/** Emits in the scope what the reader makes of the arguments. Errors go to the application, not to the source. */
export function entrance<K extends EventKey, Args extends unknown[]>(
  scope: Scope,
  { event, read }: IncomingEvent<K, Args>,
): (...args: unknown[]) => void {
  return (...args) => {
    try {
      const payload: unknown = read(...(args as Args));
      if (typeof event === 'function' && !(payload instanceof event))
        throw new TypeError('it gave no instance of the class');
      const sent =
        typeof event === 'function'
          ? readEvent('emit', payload, undefined, undefined)
          : { key: event, payload };
      scope.emitterCore.emit(sent.key, sent.payload, undefined);
    } catch (error) {
      scope.runtime.report(bridgeError(event, error));
    }
  };
}

/** `CAR4011`: an event from elsewhere could not be read or emitted. */
function bridgeError(event: EventKey, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR4011',
    `A bridge could not make or emit its event ${eventName(event)}: ${thrownSentence(cause)} Correct its read function.`,
    { cause },
  );
}

/** How a bridge listens, and how it ends. */
export interface BridgeSides {
  /** Begins to listen; gets what ends the bridge. */
  readonly begin: (bridge: Unsubscribe) => void;
  /** Called once: when the scope ends, when the bridge is ended, or when `begin` throws. */
  readonly end: () => void;
}

/**
 * Begins a bridge that ends with its scope, or when the returned function is called.
 *
 * @throws CarillonError `CAR3001` when the scope has ended, and whatever `begin` throws; then nothing stays registered
 */
export function openBridge(scope: Scope, { begin, end }: BridgeSides): Unsubscribe {
  scope.assertOpen();
  let isOpen = true;
  const ending = () => {
    if (!isOpen) return;
    isOpen = false;
    forget();
    end();
  };
  // Before it listens: a source may give everything at once, and end the scope by that.
  const forget = scope.atClose(ending);
  const bridge = Object.assign(ending, { [DISPOSE]: ending });
  try {
    begin(bridge);
  } catch (error) {
    endQuietly(bridge);
    throw error;
  }
  return bridge;
}

/** What the source has against being left says less than what it had against being listened to. */
function endQuietly(bridge: Unsubscribe): void {
  try {
    bridge();
  } catch {
    // Its caller throws the first error.
  }
}
