/** Whether a dead letter is one of those that a filter asks for; for engines that cannot ask their storage. */
import type { DeadLetter, DeadLetterFilter, Failure } from './queue-provider.js';

/** What a filter asks about. */
export interface FilteredDeadLetter
  extends Pick<DeadLetter, 'id' | 'event' | 'handler' | 'reason' | 'failure'> {
  /** Milliseconds since 1970. */
  readonly died: number;
}

/** All that the filter says has to hold; its `limit` is the caller's. */
export function matchesFilter(
  { id, event, handler, reason, failure, died }: FilteredDeadLetter,
  filter: DeadLetterFilter,
): boolean {
  const { ids, error, since, before } = filter;
  return (
    (ids === undefined || ids.includes(id)) &&
    (filter.event === undefined || filter.event === event) &&
    (filter.handler === undefined || filter.handler === handler) &&
    (filter.reason === undefined || filter.reason === reason) &&
    (error === undefined || isError(failure, error)) &&
    (since === undefined || died >= since.getTime()) &&
    (before === undefined || died < before.getTime())
  );
}

/** Whether the text is the name or the code of the error, or a part of its message. */
function isError({ name, code, message }: Failure, wanted: string): boolean {
  return name === wanted || code === wanted || message.includes(wanted);
}
