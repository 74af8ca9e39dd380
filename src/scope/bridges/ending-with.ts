/** The end of a subscription elsewhere. */
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import type { Scope } from '../scope.js';

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
  return Object.assign(ending, { [Symbol.dispose]: ending });
}
