/** Who listens to what: handlers by event, found by class and its bases, by token, or by topic and the patterns that match it. */
import { type EventKey, EventToken } from '../../decorators/event-key.js';
import { isPattern } from '../../decorators/topic-name.js';
import { TopicTree } from '../events/topic-tree.js';
import type { Handler } from './handler.js';
import { HandlerList, type ListHolder } from './handler-list.js';
import { inOrder } from './handler-order.js';

const NOBODY: readonly Handler[] = [];

/** Keeps the lists, and forgets each that has become empty. */
export class Registry implements ListHolder {
  readonly #lists = new Map<EventKey, HandlerList>();
  /** For classes: whom an instance reaches, its class's bases included. Emptied when a handler comes. */
  readonly #reached = new Map<EventKey, HandlerList>();
  #patterns: TopicTree<HandlerList> | undefined;

  /** @throws CarillonError `CAR4003` when `before` and `after` make a circle */
  add(handler: Handler): void {
    const { event } = handler.plan;
    this.#listOf(event).add(handler);
    if (this.#reached.size > 0 && typeof event === 'function') this.#reached.clear();
  }

  /** The handlers that an event reaches now, in order; some of them may have ended. */
  find(key: EventKey): readonly Handler[] {
    const known = this.#reached.get(key);
    if (known !== undefined) return known.entries;
    if (typeof key === 'function') return this.#findClass(key);
    if (key instanceof EventToken || this.#patterns === undefined) return this.#lists.get(key)?.entries ?? NOBODY;
    return this.#findTopic(key);
  }

  /** Every handler that has not ended. */
  *handlers(): Generator<Handler> {
    for (const list of this.#lists.values()) {
      for (const handler of list.entries) if (handler.active) yield handler;
    }
  }

  swept(list: HandlerList): void {
    if (typeof list.key === 'function') this.#reached.clear();
    if (list.entries.length > 0) return;
    this.#lists.delete(list.key);
    if (this.#patterns !== undefined && typeof list.key === 'string' && isPattern(list.key)) {
      this.#patterns.delete(list.key);
      if (this.#patterns.size === 0) this.#patterns = undefined;
    }
  }

  /** Ends every handler and forgets them. */
  clear(): void {
    for (const list of this.#lists.values()) for (const handler of list.entries) handler.retire();
    this.#lists.clear();
    this.#reached.clear();
    this.#patterns = undefined;
  }

  #listOf(key: EventKey): HandlerList {
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = new HandlerList(key, this);
      this.#lists.set(key, list);
      if (typeof key === 'string' && isPattern(key)) {
        this.#patterns ??= new TopicTree();
        const added = list;
        this.#patterns.obtain(key, () => added);
      }
    }
    return list;
  }

  #findClass(key: EventKey): readonly Handler[] {
    const lists: HandlerList[] = [];
    for (let step: unknown = key; typeof step === 'function'; step = Object.getPrototypeOf(step)) {
      const list = this.#lists.get(step as EventKey);
      if (list !== undefined) lists.push(list);
    }
    const only = lists.length === 1 ? lists[0] : undefined;
    const reached = only ?? new HandlerList(key, undefined);
    if (lists.length > 1) reached.entries = merged(lists);
    this.#reached.set(key, reached);
    return reached.entries;
  }

  #findTopic(topic: string): readonly Handler[] {
    const lists = [...(this.#patterns?.match(topic) ?? [])];
    const exact = this.#lists.get(topic);
    if (exact !== undefined) lists.push(exact);
    if (lists.length === 0) return NOBODY;
    return lists.length === 1 ? (lists[0] as HandlerList).entries : merged(lists);
  }
}

function merged(lists: readonly HandlerList[]): Handler[] {
  return inOrder(lists.flatMap((list) => list.entries).filter((handler) => handler.active));
}
