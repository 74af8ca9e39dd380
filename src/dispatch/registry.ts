/** Who listens to what: handlers by event, found by class and its bases, by token, or by topic and the patterns that match it. */
import type { EventKey } from '../../decorators/event-key.js';
import { isPattern } from '../../decorators/topic-name.js';
import { TopicTree } from '../events/topic-tree.js';
import type { Handler } from './handler.js';
import { HandlerList, inOrder, type ListHolder } from './handler-list.js';
import { HandlerLists } from './handler-lists.js';

const NOBODY = /* @__PURE__ */ new HandlerList('', undefined);

/** Never filled: shared by all that have found nobody yet, or no more. */
const NOTHING: Map<EventKey, HandlerList> = new Map();

/** No event's key. */
export const NO_KEY: object = {};

/** The event that was emitted last, if an emit of it takes no more than to call its handlers, and its list's two arrays. */
export interface EmitCache {
  /** @internal A class or a token; {@link NO_KEY} for neither. */
  cachedKey: object;
  /** @internal Its number at the emitter. */
  cachedId: number | string;
  /** @internal A topic; the empty string, which names no event, for none. Two fields, because V8 compares strings with strings in one step. */
  cachedTopic: string;
  /** @internal */
  cachedCalls: readonly unknown[];
  /** @internal */
  cachedEntries: readonly Handler[];
  /** Whether one of those takes its delivery. */
  cachedNeedsContext: boolean;
}

/** So many empty lists may stay: whoever waits for one event again and again needs no new one each time. */
const KEPT = 16;

/** Of so many topics it is remembered whom they reach by patterns. */
const TOPICS = 1024;

/** Keeps the lists, and forgets those that are empty when they are many. */
export class Registry implements ListHolder {
  /** Where the emitter has the list of its last event at hand; forgotten at every change. */
  cache: EmitCache | undefined = undefined;
  readonly #lists = new HandlerLists();
  /** The class or topic that was looked for last, and whom it reaches: most scopes emit one event, and a map costs more than to look again. */
  #lastKey: EventKey | undefined = undefined;
  #lastReached = NOBODY;
  /** For more classes and topics: whom one reaches. Dropped when a handler comes or a list is swept. */
  #reached = NOTHING;
  #patterns: TopicTree<HandlerList> | undefined;
  /** How many lists are empty. */
  #empty = 0;

  /** @throws CarillonError `CAR4003` when `before` and `after` make a circle */
  add(handler: Handler): void {
    const list = this.#listOf(handler.plan.event);
    if (list.id === 0) list.id = handler.owner.runtime.nextSequence();
    list.add(handler);
    this.#changed();
  }

  /** Whom an event reaches now, in order; some of them may have ended. */
  find(key: EventKey): HandlerList {
    if (typeof key !== 'function' && (this.#patterns === undefined || typeof key === 'object')) {
      return this.#lists.get(key) ?? NOBODY;
    }
    if (key === this.#lastKey) return this.#lastReached;
    return (
      this.#reached.get(key) ??
      (typeof key === 'function' ? this.#findClass(key) : this.#findTopic(key))
    );
  }

  /** The next emit of the same event finds the list at hand. */
  remember(
    key: EventKey | undefined,
    { calls, entries, needsContext } = NOBODY,
    id: number | string = 0,
  ): void {
    const { cache } = this;
    if (cache === undefined) return;
    cache.cachedKey = key === undefined || typeof key === 'string' ? NO_KEY : key;
    cache.cachedId = id;
    cache.cachedTopic = typeof key === 'string' ? key : '';
    cache.cachedCalls = calls;
    cache.cachedEntries = entries;
    cache.cachedNeedsContext = needsContext;
  }

  /** Every handler that has not ended. */
  *handlers(): Generator<Handler> {
    for (const list of this.#lists.values()) {
      for (const handler of list.entries) if (handler.active) yield handler;
    }
  }

  swept(list: HandlerList): void {
    this.#changed();
    if (list.entries.length > 0) return;
    if (this.#patterns !== undefined && typeof list.key === 'string' && isPattern(list.key)) {
      this.#lists.delete(list);
      this.#patterns.delete(list.key);
      if (this.#patterns.size === 0) this.#patterns = undefined;
      return;
    }
    this.#empty += 1;
    if (this.#empty > KEPT && this.#empty * 2 > this.#lists.size) this.#dropEmpty();
  }

  /** Ends every handler and forgets them. */
  clear(): void {
    const unfinished: Handler[] = [];
    this.silence(unfinished);
    for (const handler of unfinished) handler.finish();
  }

  /** Silences every handler and forgets them; those that have a last action are added to the ones that have to finish. */
  silence(unfinished: Handler[]): void {
    this.#lists.silence(unfinished);
    this.#empty = 0;
    this.#patterns = undefined;
    this.#changed();
  }

  #dropEmpty(): void {
    const empty = [...this.#lists.values()].filter(({ entries }) => entries.length === 0);
    for (const list of empty) this.#lists.delete(list);
    this.#empty = 0;
  }

  #changed(): void {
    this.remember(undefined);
    this.#lastKey = undefined;
    this.#lastReached = NOBODY;
    this.#reached = NOTHING;
  }

  #listOf(key: EventKey): HandlerList {
    let list = this.#lists.get(key);
    if (list?.entries.length === 0) this.#empty -= 1;
    if (list === undefined) {
      list = new HandlerList(key, this);
      this.#lists.add(list);
      if (typeof key === 'string' && isPattern(key)) {
        this.#patterns ??= new TopicTree();
        const added = list;
        this.#patterns.obtain(key, () => added);
      }
    }
    return list;
  }

  #findClass(key: EventKey): HandlerList {
    const lists: HandlerList[] = [];
    for (let step: unknown = key; typeof step === 'function'; step = Object.getPrototypeOf(step)) {
      const list = this.#lists.get(step as EventKey);
      if (list !== undefined && list.entries.length > 0) lists.push(list);
    }
    const reached = this.#merged(key, lists);
    this.#know(key, reached);
    return reached;
  }

  #findTopic(topic: string): HandlerList {
    const lists = this.#patterns?.match(topic) ?? [];
    const exact = this.#lists.get(topic);
    // The list of a pattern has been found among the patterns already.
    if (exact !== undefined && exact.entries.length > 0 && !lists.includes(exact))
      lists.push(exact);
    const reached = this.#merged(topic, lists);
    // Topics may be without number, unlike classes.
    if (this.#reached.size >= TOPICS) this.#reached = NOTHING;
    this.#know(topic, reached);
    return reached;
  }

  #know(key: EventKey, reached: HandlerList): void {
    if (this.#lastKey !== undefined) {
      if (this.#reached === NOTHING) this.#reached = new Map();
      this.#reached.set(this.#lastKey, this.#lastReached);
    }
    this.#lastKey = key;
    this.#lastReached = reached;
  }

  #merged(key: EventKey, lists: readonly HandlerList[]): HandlerList {
    const [first = NOBODY] = lists;
    if (lists.length < 2 && (first.key === key || !first.exact)) return first;
    const merged = new HandlerList(key, undefined);
    merged.id = this.#lists.get(key)?.id ?? 0;
    merged.needsContext = lists.some((list) => list.needsContext);
    merged.borrow(
      inOrder(
        lists.flatMap((list) =>
          list.entries.filter((handler) => handler.active && handlerHears(handler, key)),
        ),
      ),
    );
    return merged;
  }
}

function handlerHears({ plan }: Handler, key: EventKey): boolean {
  return !plan.exact || plan.event === key;
}
