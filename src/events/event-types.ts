/** Which event of an application travels under which name. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  type EventClass,
  type EventKey,
  type EventToken,
  eventName,
} from '../../decorators/event-key.js';
import { eventTypeOf } from '../../decorators/event-type.js';
import type { EventKind } from './envelope.js';

/** A name is one class's or one token's; topics are their own names. One registry per application. */
export class EventTypes {
  readonly #named = new Map<string, EventClass | EventToken>();

  /**
   * The name under which the event travels, which is its from now on.
   *
   * @throws CarillonError `CAR5031` when the name is another's, `CAR5032` for a class without `@EventType`
   */
  nameOf(key: EventKey): string {
    if (typeof key === 'string') return key;
    const name = typeof key === 'object' ? key.name : eventTypeOf(key)?.name;
    if (name === undefined) {
      throw new CarillonError(
        'CAR5032',
        `${eventName(key)} has no name that it can travel under. Decorate the class with @EventType({ name: '…' }).`,
      );
    }
    const known = this.#named.get(name);
    if (known === key) return name;
    if (known !== undefined) {
      throw new CarillonError(
        'CAR5031',
        `The name "${name}" is that of two events: ${shown(known)} and ${shown(key)}. Give one of them another name.`,
      );
    }
    this.#named.set(name, key);
    return name;
  }

  /** The event that travels under the name; `undefined` for a class or a token that nobody has named here. */
  keyOf(name: string, kind: EventKind | undefined): EventKey | undefined {
    if (kind === 'topic') return name;
    const named = this.#named.get(name);
    if (kind === undefined) return named ?? name;
    return named !== undefined && kind === kindOf(named) ? named : undefined;
  }
}

/** How the event is named. */
export function kindOf(key: EventKey): EventKind {
  if (typeof key === 'string') return 'topic';
  return typeof key === 'object' ? 'token' : 'class';
}

function shown(key: EventKey): string {
  return `the ${kindOf(key)} ${eventName(key)}`;
}
