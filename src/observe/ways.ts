/** Reads a topology: who hears an event, who sends it, in words. */
import type { Topology, TopologyEmitter, TopologyEvent, TopologyHandler } from './topology.js';

/** How an event reaches a handler: by which call of the sender. */
const CALLS: Readonly<Record<TopologyHandler['verb'], string>> = {
  On: 'emit',
  Once: 'emit',
  Subscribe: 'publish',
  Deferred: 'defer',
  Every: 'timer',
};

/** One emitter of an event. */
export interface Sender {
  readonly emitter: TopologyEmitter;
  readonly by: 'emit' | 'publish' | 'defer';
  readonly known: 'declared' | 'observed' | 'both';
}

/** A topology that can be asked. */
export class Ways {
  readonly #handlers: ReadonlyMap<string, TopologyHandler>;
  readonly #emitters: ReadonlyMap<string, TopologyEmitter>;
  readonly #events: ReadonlyMap<string, TopologyEvent>;

  constructor(readonly topology: Topology) {
    this.#handlers = new Map(topology.handlers.map((handler) => [handler.id, handler]));
    this.#emitters = new Map(topology.emitters.map((emitter) => [emitter.id, emitter]));
    this.#events = new Map(topology.events.map((event) => [event.id, event]));
  }

  event(id: string): TopologyEvent | undefined {
    return this.#events.get(id);
  }

  /** The handlers that hear the event, however it is sent. */
  hearersOf(event: TopologyEvent): readonly TopologyHandler[] {
    return this.topology.edges.flatMap(({ from, kind, to }) =>
      from === event.id && kind === 'hear' ? (this.#handlers.get(to) ?? []) : [],
    );
  }

  /** Who sends the event itself. */
  sendersOf(event: TopologyEvent): readonly Sender[] {
    return this.topology.edges.flatMap(({ from, to, kind, known }) => {
      const emitter = this.#emitters.get(from);
      if (to !== event.id || emitter === undefined || kind === 'hear' || kind === 'run') return [];
      return [{ emitter, by: kind, known: known ?? 'declared' }];
    });
  }

  /** Who sends what the handler hears, in a way that reaches it. */
  sendersFor(handler: TopologyHandler): readonly (Sender & { readonly event: TopologyEvent })[] {
    return this.topology.edges
      .filter(({ to, kind }) => to === handler.id && kind === 'hear')
      .flatMap(({ from }) => this.#events.get(from) ?? [])
      .flatMap((event) =>
        this.sendersOf(event)
          .filter(({ by }) => by === callOf(handler))
          .map((sender) => ({ ...sender, event })),
      );
  }

  /** The events with that name, type or id. */
  eventsNamed(name: string): readonly TopologyEvent[] {
    return this.topology.events.filter(
      (event) => event.name === name || event.type === name || event.id === name,
    );
  }
}

/** The call that reaches the handler. */
export function callOf({ verb }: Pick<TopologyHandler, 'verb'>): string {
  return CALLS[verb];
}

/** `Till.place`, or the name of a plain function. */
export function nameOf({
  className,
  method,
}: Pick<TopologyEmitter, 'className' | 'method'>): string {
  if (className === '') return method === '' ? '(top level)' : method;
  return `${className}.${method}`;
}

/** `src/till.ts:12`, or nothing. */
export function placeText({ file, line }: Pick<TopologyEmitter, 'file' | 'line'>): string {
  if (file === undefined) return '';
  return line === undefined ? file : `${file}:${line}`;
}

/** `OrderPlaced (order.placed, version 2)`. */
export function eventText({ name, type, version, kind }: TopologyEvent): string {
  const facts = [
    ...(type !== undefined && type !== name ? [type] : []),
    ...(version !== undefined && version > 1 ? [`version ${version}`] : []),
  ];
  return `${name}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}, ${kind}`;
}
