/** Asks a server again that has not answered, as when its cluster elects a leader. Only for what may reach it twice. */
import { type Clock, setTimer } from '../../dispatch/clock.js';

/** How long to insist. */
export interface Insistence {
  readonly clock: Clock;
  /** Milliseconds after which the last error is given to the caller. */
  readonly patience: number;
}

/** Milliseconds before the next attempt where nobody listened. */
const NEXT_ATTEMPT = 100;

/** An answer that takes a longer part of the patience is waited for no more: the request may be lost. */
const PART = 1 / 3;

/**
 * Settles as the last attempt does.
 *
 * @param attempt gets the milliseconds for which it may wait, and how many attempts have come before it
 */
export async function insist<T>(
  { clock, patience }: Insistence,
  attempt: (timeout: number, before: number) => Promise<T>,
): Promise<T> {
  const until = clock.now() + patience;
  for (let before = 0; ; before += 1) {
    const left = until - clock.now();
    try {
      return await attempt(Math.max(1, Math.min(patience * PART, left)), before);
    } catch (error) {
      const isLost = isTimeout(error);
      if ((!isLost && !isUnheard(error)) || clock.now() >= until) throw error;
      if (!isLost) await new Promise<void>((resolve) => setTimer(clock, resolve, NEXT_ATTEMPT));
    }
  }
}

/** No server listened. The client of JetStream takes that for a server without JetStream. */
function isUnheard(error: unknown): boolean {
  const { name, isNoResponders } = (error ?? {}) as Partial<Error> & { isNoResponders?: unknown };
  return (
    name === 'JetStreamNotEnabled' ||
    name === 'NoResponders' ||
    (typeof isNoResponders === 'function' && isNoResponders.call(error) === true)
  );
}

function isTimeout(error: unknown): boolean {
  return (error as Partial<Error> | undefined)?.name === 'TimeoutError';
}
