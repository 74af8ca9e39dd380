/** How errors and reports show an event, and what should have been one. */
import type { EventKey } from './event-key.js';

/** What an error shows of a value that is no event; also for one that has no text of its own. */
export function shownValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}

/** The name that errors and reports show for an event. */
export function eventName(key: EventKey): string {
  if (typeof key === 'string') return key;
  return key.name === '' ? '(anonymous class)' : key.name;
}
