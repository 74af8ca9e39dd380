/** Which events one emitter delivers right now, also by the fast path. */
import type { EventKey } from '../../decorators/event-key.js';
import type { HandlerList } from './handler-list.js';
import type { Registry } from './registry.js';
import type { Runtime } from './runtime.js';

/** Each level of the emits under way has the id of its event, which no other emitter of the application has. */
export class EmitLevels {
  readonly #runtime: Runtime;
  readonly #registry: Registry;
  /** Those of classes and tokens without a list of their own. */
  #ids: WeakMap<object, number> | undefined;
  /** What the ids of topics begin with that only patterns hear. */
  #prefix: string | undefined;

  constructor(runtime: Runtime, registry: Registry) {
    this.#runtime = runtime;
    this.#registry = registry;
  }

  /** Notes what the next level of emits delivers; returns its id. */
  enter(key: EventKey, list?: HandlerList): number | string {
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

  #idOf(key: EventKey, list = this.#registry.find(key)): number | string {
    if (list.id !== 0 && list.key === key) return list.id;
    const runtime = this.#runtime;
    if (typeof key === 'string') {
      // There may be any number of them: not kept, and not put together before somebody compares it.
      this.#prefix ??= `${runtime.nextSequence()} `;
      return this.#prefix + key;
    }
    this.#ids ??= new WeakMap();
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = runtime.nextSequence();
      this.#ids.set(key, id);
    }
    return id;
  }
}
