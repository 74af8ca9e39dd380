/** The events of an application, each with its stable id. */
import {
  type EventClass,
  type EventKey,
  eventName,
  isEventToken,
} from '../../decorators/event-key.js';
import { eventTypeOf } from '../../decorators/event-type.js';
import { isPattern } from '../../decorators/topic-name.js';
import type { TopologyEvent } from './topology.js';

/** Gives each event one id, however often it is met; two of one name get different ones. */
export class EventTable {
  readonly #ids = new Map<EventKey, string>();
  readonly #keys = new Map<string, EventKey>();
  readonly #timers = new Set<EventKey>();

  /** The event's id. */
  idOf(key: EventKey): string {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = freeId(this.#keys, `event:${travellingName(key) ?? eventName(key)}`);
      this.#ids.set(key, id);
      this.#keys.set(id, key);
    }
    return id;
  }

  /** The id of what a timed handler hears: each has an event of its own. */
  idOfTimer(key: EventKey): string {
    const id = `event:${eventName(key)}`;
    const known = this.#keys.get(id);
    if (known === undefined || !this.#timers.has(known)) {
      this.#timers.add(key);
      return this.idOf(key);
    }
    this.#ids.set(key, id);
    return id;
  }

  /** The events by their ids. */
  get keys(): ReadonlyMap<string, EventKey> {
    return this.#keys;
  }

  /** What the document says of each. */
  list(): TopologyEvent[] {
    return [...this.#keys].map(([id, key]) => this.#describe(id, key));
  }

  /** The nearest base class that is an event too. */
  baseOf(key: EventKey): EventKey | undefined {
    if (typeof key !== 'function') return undefined;
    for (let base = Object.getPrototypeOf(key); base !== null; base = Object.getPrototypeOf(base))
      if (this.#ids.has(base)) return base;
    return undefined;
  }

  #describe(id: string, key: EventKey): TopologyEvent {
    const type = travellingName(key);
    const base = this.baseOf(key);
    const { version, schema } = (typeof key === 'function' && eventTypeOf(key)) || NO_TYPE;
    return {
      id,
      name: eventName(key),
      kind: this.#timers.has(key) ? 'timer' : kindOf(key),
      ...(type !== undefined && !this.#timers.has(key) && { type }),
      ...(version !== undefined && { version }),
      ...(schema !== undefined && { schema }),
      ...(base !== undefined && { extends: this.idOf(base) }),
    };
  }
}

const NO_TYPE: { readonly version?: number; readonly schema?: TopologyEvent['schema'] } = {};

/** An id that nothing has: `'event:tick'`, `'event:tick#2'`. */
export function freeId(taken: { has(id: string): boolean }, id: string): string {
  let free = id;
  for (let count = 2; taken.has(free); count += 1) free = `${id}#${count}`;
  return free;
}

function kindOf(key: EventKey): TopologyEvent['kind'] {
  if (typeof key === 'string') return isPattern(key) ? 'pattern' : 'topic';
  return isEventToken(key) ? 'token' : 'class';
}

/** The name under which the event travels; `undefined` for a class that has none. */
function travellingName(key: EventKey): string | undefined {
  if (typeof key === 'function') return eventTypeOf(key as EventClass)?.name;
  if (typeof key === 'string') return isPattern(key) ? undefined : key;
  return key.name;
}
