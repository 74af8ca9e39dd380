/** A clock that a test moves: when the test continues, what the timers started has run. */
import { refuseFault } from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import { type ManualClock, manualClock, type StartDate } from '../scheduler/manual-clock.js';
import { turn } from './turn.js';

/** A clock for tests; made by {@link virtualClock}. */
export interface VirtualClock extends ManualClock {
  /**
   * Moves time from timer to timer: each fires at its time, and pending work runs in between. It does not wait for anything outside of the
   * process.
   *
   * @param time milliseconds, or text such as `'2s'`
   * @throws CarillonError (a rejection) `CAR6001` for an invalid duration, `CAR6005` when called inside a tick; else the error of a timer
   */
  advance(time: Duration): Promise<void>;
}

/** Ticks after which time moves on: a task that waits by `nextTick()` forever must not stop it. */
export const TICKS_OF_A_MOMENT = 100;

/**
 * Makes a clock for `events({ clock })`: for tasks, delays, retries, time-outs, timed and paced handlers.
 *
 * @param start `date` is the date at which it starts, 1970 by default
 * @throws CarillonError `CAR6005` for an invalid date
 * @example
 * const clock = virtualClock();
 * container.register(events({ clock }));
 * await clock.advance('1h');
 */
export function virtualClock(start: StartDate = {}): VirtualClock {
  const clock = manualClock(start);
  return {
    get pending() {
      return clock.pending;
    },
    get next() {
      return clock.next;
    },
    now: () => clock.now(),
    date: () => clock.date(),
    schedule: (callback, delay) => clock.schedule(callback, delay),
    cancel: (timer) => clock.cancel(timer),
    tick: (dt) => clock.tick(dt),
    advance: async (time) => advance(clock, timeOf(time)),
  };
}

/** @throws CarillonError `CAR6001` for a time that cannot pass */
function timeOf(time: Duration): number {
  refuseFault('CAR6001', 'A virtual clock', duration()(time, 'advance()'));
  return milliseconds(time);
}

async function advance(clock: ManualClock, time: number): Promise<void> {
  const end = clock.now() + time;
  let ticks = 0;
  await turn();
  for (let next = clock.next; next !== undefined && next <= end; next = clock.next) {
    ticks = next > clock.now() ? 0 : ticks + 1;
    if (ticks > TICKS_OF_A_MOMENT) {
      if (clock.now() === end) return;
      next = Math.min(clock.now() + 1, end);
      ticks = 0;
    }
    clock.tick(next - clock.now());
    await turn();
  }
  clock.tick(end - clock.now());
  await turn();
}
