/** Where events from elsewhere come into a scope, and how what they fail with is told. */

import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey, PayloadOf } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import { DISPOSE } from '../../dispatch/dispose-symbols.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import { readEvent } from '../../events/event-arguments.js';
import type { Scope } from '../scope.js';

/** Emits in the scope what the reader makes of the arguments; its errors are the application's, not the source's. */
export function entrance<K extends EventKey, Args extends unknown[]>(
  scope: Scope,
  event: K,
  read: (...args: Args) => PayloadOf<K>,
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

/** `CAR4011`: an event from elsewhere could not be emitted. */
function bridgeError(event: EventKey, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR4011',
    `What a bridge brings as ${eventName(event)} could not be read or emitted: ${String(cause)}. Mend the reader that the bridge was given.`,
    { cause },
  );
}

/**
 * Ends it once: when the scope ends, or when the function is called that this returns.
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
