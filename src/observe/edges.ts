/** The ways that events go: from emitters to events, from events to the handlers that hear them, and on to what those send. */
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { eventTypeOf } from '../../decorators/event-type.js';
import { isPattern } from '../../decorators/topic-name.js';
import { topicMatches } from '../events/topic-tree.js';
import type { EmitterTable } from './emitter-table.js';
import type { EventTable } from './event-table.js';
import type { HandlerTable, ListedHandler } from './handler-table.js';
import type { TopologyEdge } from './topology.js';

/** What the edges are found from. */
export interface Ends {
  readonly events: EventTable;
  readonly handlers: HandlerTable;
  readonly emitters: EmitterTable;
  /** The bus finds subscribers by the name under which an event travels. */
  readonly byName: boolean;
}

/** Every edge of an application. */
export function edgesOf({ events, handlers, emitters, byName }: Ends): TopologyEdge[] {
  const heard = [...events.keys].flatMap(([id, key]) =>
    [...handlers.entries()]
      .filter((handler) => hears(handler, id, key) || (byName && hearsName(handler, key)))
      .map(({ described }): TopologyEdge => ({ from: id, to: described.id, kind: 'hear' })),
  );
  return [...emitters.edges(), ...heard, ...runs(handlers, emitters)];
}

/** Whether a handler hears what is sent as that event. */
function hears({ described, event }: ListedHandler, id: string, key: EventKey): boolean {
  if (described.event === id) return true;
  if (typeof event === 'function')
    return typeof key === 'function' && !described.exact && isBelow(key, event);
  if (typeof event !== 'string' || typeof key !== 'string') return false;
  return isPattern(event) && !isPattern(key) && topicMatches(event, key);
}

/** On an engine, a topic and a pattern also find classes and tokens. */
function hearsName({ described, event }: ListedHandler, key: EventKey): boolean {
  if (described.verb !== 'Subscribe' || typeof event !== 'string' || typeof key === 'string')
    return false;
  const name = typeof key === 'function' ? eventTypeOf(key)?.name : eventName(key);
  return name !== undefined && topicMatches(event, name);
}

function isBelow(key: object, base: object): boolean {
  for (let step = Object.getPrototypeOf(key); step !== null; step = Object.getPrototypeOf(step))
    if (step === base) return true;
  return false;
}

/** A handler and an emitter that are one method. */
function runs(handlers: HandlerTable, emitters: EmitterTable): TopologyEdge[] {
  const all = emitters.list();
  return handlers
    .list()
    .flatMap((handler) =>
      all
        .filter(
          ({ className, method, service }) =>
            className === handler.className &&
            method === handler.method &&
            service === handler.service,
        )
        .map(({ id }): TopologyEdge => ({ from: handler.id, to: id, kind: 'run' })),
    );
}
