/** What the sender of a message is told when it was not, or not surely, accepted. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { isThrown } from '../events/describe-thrown.js';

const UNSURE = 'CAR5020';

/** `CAR5020`: some of what was deferred may have been stored. Any other code of a rejected `defer` says that nothing was. */
export function unsureError(what: string, cause: unknown): CarillonError {
  return new CarillonError(
    UNSURE,
    `${what}: some of it may have been accepted. Defer it again with the same dedup id, or let its handlers be idempotent; see the cause.`,
    { cause },
  );
}

/** A failure of the engine itself, after which nobody knows; what the library or the provider has refused stays refused. */
export function engineError(queue: string, provider: string, cause: unknown): CarillonError {
  return isThrown(cause, CarillonError)
    ? cause
    : unsureError(`Queue "${queue}" on ${provider} failed while it stored a message`, cause);
}

/**
 * Waits until every part of one call is stored.
 *
 * @throws CarillonError (a rejection) `CAR5020` when a part has failed and another one may have been stored, or else the first failure
 */
export async function acceptedByAll<T>(parts: readonly Promise<T>[]): Promise<T[]> {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return [await only];
  const settled = await Promise.allSettled(parts);
  const failed = settled.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  const [first] = failed;
  if (first === undefined)
    return (settled as PromiseFulfilledResult<T>[]).map(({ value }) => value);
  const refused = failed.filter(({ reason }) => (reason as CarillonError).code !== UNSURE);
  if (refused.length === parts.length) throw first.reason;
  throw unsureError('What was deferred could not be stored in each of its queues', first.reason);
}
