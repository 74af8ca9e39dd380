/** Which events one emitter delivers right now, also by the fast path. */
import type { EventKey } from '../../decorators/event-key.js';
import type { HandlerList } from './handler-list.js';
import type { Registry } from './registry.js';
import type { Runtime } from './runtime.js';

/** How many events keep their numbers. */
const MOST_IDS = 1024;

/** Each level of the emits under way has the number of its event, which no other emitter of the application has. */
export class EmitLevels {
  readonly #runtime: Runtime;
  readonly #registry: Registry;
  /** Those of events without a list of their own. */
  #ids: Map<EventKey, number> | undefined;

  constructor(runtime: Runtime, registry: Registry) {
    this.#runtime = runtime;
    this.#registry = registry;
  }

  /** Notes what the next level of emits delivers; returns its number. */
  enter(key: EventKey, list?: HandlerList): number {
    const { depth, levels } = this.#runtime;
    const id = this.#idOf(key, list);
    levels[depth] = id;
    return id;
  }

  /** The outermost level at which the emitter delivers the event. */
  find(key: EventKey): number | undefined {
    const { depth, levels } = this.#runtime;
    const level = levels.indexOf(this.#idOf(key));
    return level < 0 || level >= depth ? undefined : level;
  }

  #idOf(key: EventKey, list = this.#registry.find(key)): number {
    if (list.id !== 0 && list.key === key) return list.id;
    this.#ids ??= new Map();
    let id = this.#ids.get(key);
    if (id === undefined) {
      // There may be any number of topics. Numbers that are in use are not dropped.
      if (this.#ids.size >= MOST_IDS && this.#runtime.depth === 0) this.#ids.clear();
      id = this.#runtime.nextSequence();
      this.#ids.set(key, id);
    }
    return id;
  }
}
