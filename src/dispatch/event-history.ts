/** What an emitter keeps for those who come late: the latest of each sticky event, and the record of a scope that records. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
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
}

/** Ends with its emitter. */
export class EventHistory {
  readonly #limit: number;
  readonly #sticky = new Map<EventKey, StickyEvent>();
  /** The events that are settled, and whether they are kept yet. */
  readonly #settled = new Map<EventKey, boolean>();
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

  /** Keeps a sticky event, or replaces the one before. */
  keep(event: StickyEvent, { isFinal }: { readonly isFinal: boolean }): void {
    if (isFinal) this.#settled.set(event.key, true);
    // The order of the map is that of emission.
    this.#sticky.delete(event.key);
    this.#sticky.set(event.key, event);
  }

  /** @throws CarillonError `CAR4008` when the event is settled for good */
  assertFree(key: EventKey): void {
    if (!this.#settled.has(key)) return;
    throw new CarillonError(
      'CAR4008',
      `${eventName(key)} has been settled already. Settle it once.`,
    );
  }

  /** From now on the event can be settled by nobody else, though it may be kept only later. */
  claim(key: EventKey): void {
    this.assertFree(key);
    this.#settled.set(key, false);
  }

  /** Takes a claim back, unless the event has been kept. */
  release(key: EventKey): void {
    if (this.#settled.get(key) === false) this.#settled.delete(key);
  }

  /** The latest sticky event that a handler of one of the keys would hear. */
  latest(keys: readonly EventKey[], { exact = false } = {}): StickyEvent | undefined {
    const hears = exact ? isKey : matchesKey;
    return [...this.#sticky.values()].findLast((event) =>
      keys.some((key) => hears(key, event.key)),
    );
  }

  /** The record of what a handler of the key would hear, the oldest first. */
  history(key: EventKey, { exact = false } = {}): readonly PastEvent[] {
    const hears = exact ? isKey : matchesKey;
    return this.#record.slice(-this.#limit || undefined).filter((event) => hears(key, event.key));
  }
}

/** Whether a handler of one event that takes no other hears another. */
function isKey(key: EventKey, sent: EventKey): boolean {
  return key === sent;
}

/** Whether a handler of one event hears another. */
export function matchesKey(key: EventKey, sent: EventKey): boolean {
  if (key === sent) return true;
  if (typeof key === 'object' || typeof sent === 'object') return false;
  if (typeof key === 'string')
    return typeof sent === 'string' && isPattern(key) && topicMatches(key, sent);
  return typeof sent === 'function' && Object.prototype.isPrototypeOf.call(key, sent);
}
