/** Durations as people write them: milliseconds, or a number with its unit. */
import { CarillonError } from './carillon-error.js';
import {
  type Bounds,
  boundsText,
  isWithin,
  kind,
  type OptionCheck,
  shownOption,
} from './check-options.js';

/**
 * Milliseconds, or text such as `'250ms'`, `'2s'`, `'1.5m'`, `'3h'`, `'7d'`. `Infinity` is no limit, where the option has such a meaning.
 *
 * @example
 * const mail: QueueOptions = { timeout: '30s', backoff: 500 };
 */
export type Duration = number | `${number}${keyof typeof UNITS}`;

const DAY = 86_400_000;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY } as const;

/** The longest of all: what is stored counts in 64 bits, for some engines in nanoseconds. */
const CENTURY = 36_500 * DAY;

/** What a duration is, for errors. */
const DURATION = "milliseconds or text such as '2s'";

/** The duration in milliseconds; `NaN` for what is none, a negative one included. */
export function milliseconds(duration: unknown): number {
  if (typeof duration === 'number') return duration >= 0 ? duration : Number.NaN;
  return typeof duration === 'string' ? parsed(duration) : Number.NaN;
}

/** Apart, so that engines inline what numbers need: every frame of a game passes there. */
function parsed(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text) ?? [];
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** A duration: without bounds 0 or more, and at most a hundred years. */
export function duration(bounds: Bounds = {}): OptionCheck {
  const most = bounds.most === undefined ? ', at most 100 years' : '';
  return kind(
    (value) => isWithin(milliseconds(value), { most: CENTURY, ...bounds }),
    `${DURATION}${boundsText(bounds)}${most}`,
  );
}

/** @throws CarillonError `CAR6001` naming the place */
export function checkDuration(place: string, given: unknown): number {
  const time = milliseconds(given);
  if (!Number.isNaN(time)) return time;
  throw new CarillonError(
    'CAR6001',
    `${place} has the duration ${shownOption(given)}. Give ${DURATION}.`,
  );
}
