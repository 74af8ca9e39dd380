/** Something that is done again and again. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';

/**
 * Runs the action every so many milliseconds. A rejection is dropped: the action is one whose failure shows elsewhere.
 *
 * @returns what ends it
 */
export function repeat(clock: Clock, period: number, action: () => Promise<unknown>): () => void {
  let timer: unknown;
  const wait = () => {
    timer = setTimer(
      clock,
      () => {
        action().catch(() => undefined);
        wait();
      },
      period,
    );
  };
  wait();
  return () => clearTimer(clock, timer);
}
