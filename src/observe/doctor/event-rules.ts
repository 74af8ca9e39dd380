/** What can be wrong with the ways that events go. */
import type { Topology, TopologyHandler } from '../topology.js';
import { callOf, nameOf, type Sender, Ways } from '../ways.js';
import type { Finding } from './finding.js';

/** Handlers of what nobody sends in a way that reaches them. Nothing where no sender is known at all: then none is declared. */
export function neverSent(topology: Topology): Finding[] {
  if (topology.emitters.length === 0) return [];
  const ways = new Ways(topology);
  return topology.handlers
    .filter((handler) => handler.verb !== 'Every' && ways.sendersFor(handler).length === 0)
    .map((handler): Finding => {
      const call = callOf(handler);
      const event = ways.event(handler.event)?.name ?? handler.event;
      return {
        rule: 'never-sent',
        level: 'warning',
        text: `${nameOf(handler)} hears ${event}, and nobody is known to ${call} it. Declare the sender with @Emits, or remove the handler.`,
        about: [handler.id, handler.event],
        ...placeOf(handler),
      };
    });
}

/** Events that are sent in a way in which nobody hears them. */
export function neverHeard(topology: Topology): Finding[] {
  const ways = new Ways(topology);
  return topology.events.flatMap((event) =>
    ways
      .sendersOf(event)
      .filter(({ by }) => !ways.hearersOf(event).some((handler) => callOf(handler) === by))
      .map(
        ({ emitter, by }): Finding => ({
          rule: 'never-heard',
          level: 'warning',
          text: `${nameOf(emitter)} sends ${event.name} by ${by}, and no handler hears that. ${otherWays(ways.hearersOf(event))}`,
          about: [event.id, emitter.id],
          ...placeOf(emitter),
        }),
      ),
  );
}

/** What was seen at run time, and is not declared, though others are. */
export function notDeclared(topology: Topology): Finding[] {
  const ways = new Ways(topology);
  const isSeen = ({ known }: Sender) => known === 'observed';
  return topology.events.flatMap((event) =>
    ways
      .sendersOf(event)
      .filter(isSeen)
      .map(
        ({ emitter, by }): Finding => ({
          rule: 'not-declared',
          level: 'warning',
          text: `${nameOf(emitter)} was seen to send ${event.name} by ${by}, and does not declare it. Write @Emits(${event.name}${by === 'emit' ? '' : `, { by: '${by}' }`}) above it.`,
          about: [emitter.id, event.id],
          ...placeOf(emitter),
        }),
      ),
  );
}

function otherWays(hearers: readonly TopologyHandler[]): string {
  const [first] = hearers;
  return first === undefined
    ? 'Write a handler, or send it no more.'
    : `${nameOf(first)} hears it as @${first.verb}: send it by ${callOf(first)}.`;
}

/** Where it stands in the sources. */
export function placeOf({ file, line }: Pick<TopologyHandler, 'file' | 'line'>) {
  return { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
}
