/** What bridges have in common: events from elsewhere enter a scope, and a bridge ends with its scope. */

import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey, PayloadOf } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import { DISPOSE } from '../../dispatch/dispose-symbols.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import { thrownSentence } from '../../events/describe-thrown.js';
import { readEvent } from '../../events/event-arguments.js';
import type { Scope } from '../scope.js';

/** The event that a bridge makes of what its source gives. */
export interface IncomingEvent<K extends EventKey, Args extends unknown[]> {
  /** What is emitted in the scope: a class, a token or a topic. */
  readonly event: K;
  /** Makes the event's payload; for a class, an instance of it. What it throws is reported as `CAR4011`, and the source goes on. */
  readonly read: (...args: Args) => PayloadOf<K>;
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

/**
 * Calls `end` once: when the scope ends, or when the returned function is called.
 *
 * @throws CarillonError `CAR3001` when the scope has ended
 */
export function endingWith(scope: Scope, end: () => void): Unsubscribe {
  scope.assertOpen();
  let isOpen = true;
  const ending = () => {
    if (!isOpen) return;
    isOpen = false;
    forget();
    end();
  };
  const forget = scope.atClose(ending);
  return Object.assign(ending, { [DISPOSE]: ending });
}
