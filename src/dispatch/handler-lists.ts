/** The lists of one registry, by their keys. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from './handler.js';
import type { HandlerList } from './handler-list.js';

/** So many lists are found faster, and kept in less, by looking at one after the other. */
const FEW = 8;

/** Most scopes hear a few events: their lists are a chain that runs through them, and get a map where they are many. */
export class HandlerLists {
  size = 0;
  #first: HandlerList | undefined = undefined;
  /** Once it is there, the chain is no longer kept. */
  #map: Map<EventKey, HandlerList> | undefined = undefined;

  get(key: EventKey): HandlerList | undefined {
    if (this.#map !== undefined) return this.#map.get(key);
    let list = this.#first;
    while (list !== undefined && list.key !== key) list = list.next;
    return list;
  }

  /** Adds one whose key is not there yet. */
  add(list: HandlerList): void {
    this.size += 1;
    if (this.#map === undefined && this.size > FEW)
      this.#map = new Map([...this.values()].map((each) => [each.key, each]));
    if (this.#map !== undefined) {
      this.#map.set(list.key, list);
      return;
    }
    list.next = this.#first;
    this.#first = list;
  }

  delete(list: HandlerList): void {
    if (this.get(list.key) !== list) return;
    this.size -= 1;
    if (this.#map === undefined) this.#unchain(list);
    else this.#map.delete(list.key);
  }

  *values(): Generator<HandlerList> {
    if (this.#map !== undefined) yield* this.#map.values();
    else for (let list = this.#first; list !== undefined; list = list.next) yield list;
  }

  /** Silences every handler of every list, and forgets them; those that have a last action are added to the ones that have to finish. */
  silence(unfinished: Handler[]): void {
    if (this.#map !== undefined) for (const list of this.#map.values()) list.silenceAll(unfinished);
    else
      for (let list = this.#first; list !== undefined; list = list.next)
        list.silenceAll(unfinished);
    this.size = 0;
    this.#first = undefined;
    this.#map = undefined;
  }

  #unchain(list: HandlerList): void {
    let before: HandlerList | undefined;
    for (let step = this.#first; step !== list; step = step?.next) before = step;
    if (before === undefined) this.#first = list.next;
    else before.next = list.next;
  }
}
