/** When a timed handler is due: after equal times, or at dates. */
import type { Schedule } from '../../decorators/every.js';
import type { Clock } from '../dispatch/clock.js';

/** One due time after another. */
export interface DueTimes {
  /** Milliseconds until the next one; `undefined` when there is none any more. */
  next(): number | undefined;
  /** Milliseconds that are still missing when the timer rings; a clock's date may run slower than its timers. */
  missing(): number;
  /** How long a timer may run before it asks again what is missing, in milliseconds. */
  readonly look: number;
}

/** Every so many milliseconds from now on. The times do not drift; what has passed already is left out. */
export function intervalsOf(clock: Clock, length: number): DueTimes {
  let due = clock.now();
  return {
    next() {
      const passed = clock.now() - due;
      due += length * Math.max(1, Math.ceil((passed + length * SLACK) / length));
      return due - clock.now();
    },
    missing: () => 0,
    look: Number.POSITIVE_INFINITY,
  };
}

/** A timer may ring so much of an interval before its time, by the rounding of sums. */
const SLACK = 1e-9;

/** While the machine sleeps its timers stand still and its date goes on: it is asked for every minute. */
const LOOK = 60_000;

/** The dates of a schedule; `undefined` for a clock that knows no date. */
export function datesOf(clock: Clock, schedule: Schedule): DueTimes | undefined {
  if (clock.date === undefined) return undefined;
  const date = clock.date.bind(clock);
  let due = 0;
  return {
    next() {
      const after = date();
      due = schedule.next(after) ?? Number.NaN;
      return due > after ? due - after : undefined;
    },
    missing: () => due - date(),
    look: LOOK,
  };
}
