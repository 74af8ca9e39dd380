/** When a timed handler is due: at intervals, or at dates. */
import type { Schedule } from '../../decorators/every.js';
import type { Clock } from '../dispatch/clock.js';

/** A sequence of due times. */
export interface DueTimes {
  /** Milliseconds until the next one; `undefined` after the last. */
  next(): number | undefined;
  /** Milliseconds until the due time when the timer fires; a clock's date may run slower than its timers. */
  missing(): number;
  /** How long a timer may run before it asks again what is missing, in milliseconds. */
  readonly look: number;
}

/** Due times every `length` milliseconds from now on. They do not drift; those that have passed are skipped. */
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

/** Rounding may make a timer fire early by this part of an interval. */
const SLACK = 1e-9;

/** While the machine sleeps its timers stand still and its date goes on: it is asked for every minute. */
const LOOK = 60_000;

/** The dates of a schedule; `undefined` for a clock without dates. */
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
