/** The methods that send events: by what they declare, and by what was seen. */
import { declaredEmits, type EmitsDeclaration } from '../../decorators/emits.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { ClassTable, ListedClass } from './class-table.js';
import { type EventTable, freeId } from './event-table.js';
import type { ObservedEmit } from './observed-emits.js';
import type { TopologyEdge, TopologyEmitter } from './topology.js';

/** One way from an emitter to an event. */
interface Sending {
  readonly emitter: string;
  readonly key: EventKey;
  readonly by: EmitsDeclaration['by'];
  known: NonNullable<TopologyEdge['known']>;
}

/** Finds the emitters and what they send. */
export class EmitterTable {
  readonly #classes: ClassTable;
  readonly #events: EventTable;
  readonly #emitters = new Map<string, TopologyEmitter>();
  /** By class and method. */
  readonly #ids = new Map<string, string>();
  readonly #sendings: Sending[] = [];

  constructor(classes: ClassTable, events: EventTable) {
    this.#classes = classes;
    this.#events = events;
    for (const listed of classes.classes()) this.#addDeclared(listed);
  }

  /** Adds what was seen at run time. */
  addObserved(observed: readonly ObservedEmit[]): void {
    for (const { className, method, event, by } of observed) {
      const emitter = this.#obtain({ className, method, listed: this.#classes.byName(className) });
      this.#addSending({ emitter, key: event, by, known: 'observed' });
    }
  }

  list(): TopologyEmitter[] {
    return [...this.#emitters.values()];
  }

  /** The edges from emitters to events. */
  edges(): TopologyEdge[] {
    return this.#sendings.map(({ emitter, key, by, known }) => ({
      from: emitter,
      to: this.#events.idOf(key),
      kind: by,
      known,
    }));
  }

  #addDeclared(listed: ListedClass): void {
    const { serviceClass } = listed;
    for (const { event, method, by, declaredAt } of declaredEmits(serviceClass.prototype)) {
      const emitter = this.#obtain({
        className: serviceClass.name,
        method: String(method),
        listed,
        place: declaredAt,
      });
      this.#addSending({ emitter, key: event, by, known: 'declared' });
    }
  }

  #obtain({ className, method, listed, place }: Obtained): string {
    const service = listed?.service;
    const key = `${service}\0${className}\0${method}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const name = className === '' ? method || '(top level)' : `${className}.${method}`;
    const id = freeId(this.#emitters, `emitter:${name}`);
    this.#ids.set(key, id);
    this.#emitters.set(id, {
      id,
      className,
      method,
      ...(service !== undefined && { service }),
      ...place,
    });
    return id;
  }

  #addSending(sending: Sending): void {
    // Gives the event its id.
    this.#events.idOf(sending.key);
    const known = this.#sendings.find(
      ({ emitter, key, by }) =>
        emitter === sending.emitter && key === sending.key && by === sending.by,
    );
    if (known === undefined) this.#sendings.push(sending);
    else if (known.known !== sending.known) known.known = 'both';
  }
}

interface Obtained {
  readonly className: string;
  readonly method: string;
  readonly listed: ListedClass | undefined;
  readonly place?: EmitsDeclaration['declaredAt'];
}
