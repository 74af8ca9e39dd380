/** Describes an application without starting it: from what its containers bind, its classes declare, and its scopes hold. */
import type { EventKey } from '../../decorators/event-key.js';
import { applicationOf } from '../application/application-of.js';
import { buses, queues } from './carriers.js';
import { ClassTable } from './class-table.js';
import { edgesOf } from './edges.js';
import { EmitterTable } from './emitter-table.js';
import { EventTable } from './event-table.js';
import { HandlerTable } from './handler-table.js';
import type { ObservedEmits } from './observed-emits.js';
import { sortedTopology } from './sorted.js';
import type { Topology } from './topology.js';

/** What {@link describe} reads beside the container. */
export interface DescribeOptions {
  /** What {@link observeEmits} has seen; its emitters and edges are in the description. Default nothing. */
  readonly observed?: Pick<ObservedEmits, 'list'>;
}

/**
 * Describes an application: events, handlers, emitters, services, scopes, queues, the bus, and the edges between them. Plain JSON with stable
 * ids and sorted keys, so that two descriptions can be compared as text.
 *
 * It starts nothing, builds nothing and needs no engine.
 *
 * @param container a container with events, or an application
 * @param options what {@link observeEmits} has seen
 * @throws CarillonError `CAR7053` for a container without events, `CAR2012` for one of another copy of the package, and what is wrong with a
 * handler that cannot be wired
 * @example
 * const { events, handlers } = describe(container);
 */
export function describe(container: object, options: DescribeOptions = {}): Topology {
  return described(container, options).topology;
}

/**
 * The events of an application by their ids in its description: for documents that need the classes themselves.
 *
 * @param container a container with events, or an application
 * @param options as of {@link describe}
 * @returns a class, a token or a topic for each id
 * @example
 * const payloads = describedEvents(container).get('event:order.placed');
 */
export function describedEvents(
  container: object,
  options: DescribeOptions = {},
): ReadonlyMap<string, EventKey> {
  return described(container, options).keys;
}

function described(
  container: object,
  { observed }: DescribeOptions,
): { readonly topology: Topology; readonly keys: ReadonlyMap<string, EventKey> } {
  const application = applicationOf(container);
  const events = new EventTable();
  const classes = new ClassTable(application);
  const handlers = new HandlerTable(application, classes, events);
  const emitters = new EmitterTable(classes, events);
  emitters.addObserved(observed?.list() ?? []);
  const [bus] = buses(application);
  const topology = sortedTopology({
    format: 1,
    application: application.scope.name,
    events: events.list(),
    handlers: handlers.list(),
    emitters: emitters.list(),
    services: classes.services(),
    scopes: classes.scopes(),
    queues: queues(application, handlers.list()),
    buses: [bus],
    edges: edgesOf({ events, handlers, emitters, byName: bus.stored }),
  });
  return { topology, keys: events.keys };
}
