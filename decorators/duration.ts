/** Durations as people write them: milliseconds, or a number with its unit. */
import { CarillonError } from './carillon-error.js';
import { shownValue } from './event-key.js';

/** Milliseconds, or text such as `'250ms'`, `'2s'`, `'1.5m'`, `'3h'`, `'7d'`. */
export type Duration = number | `${number}${keyof typeof UNITS}`;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The duration in milliseconds; `undefined` for what is none, a negative one included. */
export function milliseconds(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration >= 0 ? duration : undefined;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(String(duration)) ?? [];
  return unit === undefined ? undefined : Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** @throws CarillonError `CAR6001` naming the place */
export function checkDuration(place: string, duration: unknown): number {
  const time = milliseconds(duration);
  if (time !== undefined) return time;
  throw new CarillonError(
    'CAR6001',
    `${place} has the duration ${shownValue(duration)}. Give milliseconds or text such as '2s'.`,
  );
}
