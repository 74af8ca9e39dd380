/** Where events were emitted after the end of their scope, so that each place is told once. */
import type { EventKey } from '../../decorators/event-key.js';

/** More places than that are not told: a program that has so many knows already. */
const LIMIT = 1000;

/** The places of one application. */
export class LateEmits {
  readonly #places = new Map<EventKey, Set<string>>();
  #count = 0;

  /** Whether the event was never noted at that place before. */
  note(event: EventKey, place: string): boolean {
    const places = this.#places.get(event) ?? new Set();
    if (this.#count === LIMIT || places.has(place)) return false;
    this.#places.set(event, places.add(place));
    this.#count += 1;
    return true;
  }
}
