/** What can be wrong with queues, and with what travels. */
import type { Topology, TopologyEvent, TopologyHandler } from '../topology.js';
import { nameOf } from '../ways.js';
import { placeOf } from './event-rules.js';
import type { Finding } from './finding.js';

/** Handlers with one id in one stored queue: `CAR5005` once both are wired. */
export function sharedIds({ handlers, queues, events }: Topology): Finding[] {
  const stored = new Set(queues.filter((queue) => queue.stored).map(({ id }) => id));
  const known = new Map<string, TopologyHandler>();
  const findings: Finding[] = [];
  for (const handler of handlers.filter(({ queue }) => stored.has(queue ?? ''))) {
    const id = storedIdOf(handler, events);
    const key = `${handler.queue}\0${id}`;
    const other = known.get(key);
    if (other === undefined) known.set(key, handler);
    else if (nameOf(other) !== nameOf(handler))
      findings.push({
        rule: 'shared-id',
        level: 'error',
        text: `${nameOf(other)} and ${nameOf(handler)} share the id "${id}" in queue "${queueName(handler)}": one could get the messages of the other. Give each an id of its own: @Deferred(…, { id: '…' }).`,
        about: [other.id, handler.id],
        ...placeOf(handler),
      });
  }
  return findings;
}

/** Classes without a name of their own, where payloads are written and read: `CAR5032`. */
export function cannotTravel({ handlers, queues, buses, events }: Topology): Finding[] {
  const stored = new Set([...queues, ...buses].filter((each) => each.stored).map(({ id }) => id));
  const byId = new Map(events.map((event) => [event.id, event]));
  return handlers.flatMap((handler) => {
    const event = byId.get(handler.event) as TopologyEvent;
    const carrier = handler.verb === 'Subscribe' ? buses[0]?.id : handler.queue;
    if (event.kind !== 'class' || event.type !== undefined || !stored.has(carrier ?? '')) return [];
    const place = handler.verb === 'Subscribe' ? 'the bus' : `queue "${queueName(handler)}"`;
    return [
      {
        rule: 'cannot-travel' as const,
        level: 'error' as const,
        text: `${nameOf(handler)} hears ${event.name} through ${place}, which stores its messages, and the class has no name to travel under. Write @EventType({ name: '…' }) above it.`,
        about: [event.id, handler.id],
        ...placeOf(handler),
      },
    ];
  });
}

/** Queues that forget what they have given up. */
export function noDeadLetters({ queues, handlers }: Topology): Finding[] {
  return queues
    .filter(({ id, deadLetters }) => !deadLetters && handlers.some(({ queue }) => queue === id))
    .map(
      ({ id, name, provider }): Finding => ({
        rule: 'no-dead-letters',
        level: 'warning',
        text: `Queue "${name}" on ${provider} keeps no dead letters: messages that are given up are lost. Take a provider that has the capability "deadLetters".`,
        about: [id],
      }),
    );
}

/** Handlers that may be called again for what they have half done. */
export function notIdempotent({ handlers, queues }: Topology): Finding[] {
  const durable = new Set(queues.filter((queue) => queue.durable).map(({ id }) => id));
  return handlers
    .filter(
      ({ queue, attempts = 1, idempotent }) =>
        durable.has(queue ?? '') && attempts > 1 && idempotent !== true,
    )
    .map(
      (handler): Finding => ({
        rule: 'not-idempotent',
        level: 'warning',
        text: `${nameOf(handler)} is tried up to ${handler.attempts} times, and is not marked as idempotent: a message may be handled twice. Say idempotent: true where the queue has an inbox, or attempts: 1.`,
        about: [handler.id],
        ...placeOf(handler),
      }),
    );
}

/** What stored messages call the handlers of a queue, with what they called them earlier. */
export function storedIdsOf({ handlers, events }: Topology, queue: string): ReadonlySet<string> {
  const own = handlers.filter((handler) => handler.queue === `queue:${queue}`);
  return new Set(
    own.flatMap((handler) => [storedIdOf(handler, events), ...(handler.previousIds ?? [])]),
  );
}

/** What stored messages call the handler: its own word, or its event and its method. */
function storedIdOf(
  { storedAs, event, method }: TopologyHandler,
  events: readonly TopologyEvent[],
): string {
  const { type, name = event } = events.find(({ id }) => id === event) ?? {};
  return storedAs ?? `${type ?? name}/${method}`;
}

function queueName({ queue = '' }: TopologyHandler): string {
  return queue.slice('queue:'.length);
}
