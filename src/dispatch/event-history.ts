/** What an emitter keeps for those who come late: the latest of each sticky event, and the record of a scope that records. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventKey, EventToken, eventName } from '../../decorators/event-key.js';
import { isPattern } from '../../decorators/topic-name.js';
import { topicMatches } from '../events/topic-tree.js';
import type { ContextSnapshot } from './runtime.js';

/** An event that has been emitted. */
export interface PastEvent {
  readonly key: EventKey;
  readonly payload: unknown;
  readonly snapshot?: ContextSnapshot | undefined;
}

/** What a sticky event came to. */
export interface StickyEvent extends PastEvent {
  /** Set for one that failed. */
  readonly failure?: { readonly reason: unknown };
  /** Whether it was settled for good. */
  readonly final: boolean;
}

/** Ends with its emitter. */
export class EventHistory {
  readonly #limit: number;
  readonly #sticky = new Map<EventKey, StickyEvent>();
  #record: PastEvent[] = [];

  /** @param limit how many events are recorded, the latest of them; 0 where nothing is */
  constructor(limit: number) {
    this.#limit = limit;
  }

  record(event: PastEvent): void {
    if (this.#limit === 0) return;
    this.#record.push(event);
    // Cut now and then, not with each event.
    if (this.#record.length >= 2 * this.#limit) this.#record = this.#record.slice(-this.#limit);
  }

  /** @throws CarillonError `CAR4008` when the event was settled for good before */
  keep(event: StickyEvent): void {
    if (this.#sticky.get(event.key)?.final) {
      throw new CarillonError(
        'CAR4008',
        `${eventName(event.key)} has been settled already. Settle it once.`,
      );
    }
    // The order of the map is that of emission.
    this.#sticky.delete(event.key);
    this.#sticky.set(event.key, event);
  }

  /** The latest sticky event that a handler of one of the keys would hear. */
  latest(keys: readonly EventKey[], { exact = false } = {}): StickyEvent | undefined {
    return [...this.#sticky.values()].findLast((event) =>
      keys.some((key) => matchesKey(key, event.key, exact)),
    );
  }

  /** The record of what a handler of the key would hear, the oldest first. */
  history(key: EventKey, { exact = false } = {}): readonly PastEvent[] {
    return this.#record
      .slice(-this.#limit || undefined)
      .filter((event) => matchesKey(key, event.key, exact));
  }
}

/** Whether a handler of one event hears another. */
export function matchesKey(key: EventKey, sent: EventKey, exact: boolean): boolean {
  if (key === sent) return true;
  if (exact || key instanceof EventToken || sent instanceof EventToken) return false;
  if (typeof key === 'string')
    return typeof sent === 'string' && isPattern(key) && topicMatches(key, sent);
  return typeof sent === 'function' && Object.prototype.isPrototypeOf.call(key, sent);
}
