/** Finds circles: an event whose handler sends what leads to that event again. */
import type { Topology, TopologyHandler } from '../topology.js';
import { nameOf, Ways } from '../ways.js';
import type { Finding } from './finding.js';

/** A step of a circle: the handler, and the handlers that are called because of it. */
interface Step {
  readonly handler: TopologyHandler;
  /** By the event that leads there. */
  readonly next: readonly { readonly event: string; readonly to: string }[];
}

/** Each circle once, by its shortest way. */
export function circles(topology: Topology): Finding[] {
  const steps = stepsOf(topology);
  const found = new Map<string, Finding>();
  for (const start of steps.keys()) {
    const circle = shortestBack(steps, start);
    if (circle === undefined) continue;
    const ids = circle.map(({ to }) => to);
    const key = [...ids].sort().join('\0');
    if (!found.has(key)) found.set(key, findingOf(steps, start, circle));
  }
  return [...found.values()];
}

type Edge = Step['next'][number];

function stepsOf(topology: Topology): ReadonlyMap<string, Step> {
  const ways = new Ways(topology);
  const next = new Map<string, Edge[]>(topology.handlers.map(({ id }) => [id, []]));
  const runs = topology.edges.filter(({ kind }) => kind === 'run');
  for (const handler of topology.handlers) {
    for (const { emitter, event } of ways.sendersFor(handler))
      for (const { from } of runs.filter(({ to }) => to === emitter.id))
        next.get(from)?.push({ event: event.name, to: handler.id });
  }
  return new Map(
    topology.handlers.map((handler) => [handler.id, { handler, next: next.get(handler.id) ?? [] }]),
  );
}

/** Breadth first, so that the first way back is the shortest. */
function shortestBack(
  steps: ReadonlyMap<string, Step>,
  start: string,
): readonly Edge[] | undefined {
  const ways: (readonly Edge[])[] = (steps.get(start)?.next ?? []).map((edge) => [edge]);
  const seen = new Set<string>();
  for (const way of ways) {
    const { to } = way.at(-1) as Edge;
    if (to === start) return way;
    if (seen.has(to)) continue;
    seen.add(to);
    for (const edge of steps.get(to)?.next ?? []) ways.push([...way, edge]);
  }
  return undefined;
}

function findingOf(
  steps: ReadonlyMap<string, Step>,
  start: string,
  circle: readonly Edge[],
): Finding {
  const name = (id: string) => nameOf((steps.get(id) as Step).handler);
  const path = circle.map(({ event, to }) => `${event} -> ${name(to)}`);
  return {
    rule: 'circle',
    level: 'warning',
    text: `Events go round in a circle: ${[name(start), ...path].join(' -> ')}. Let one of these handlers send only under a condition that ends it.`,
    about: [start, ...circle.map(({ to }) => to).filter((id) => id !== start)],
  };
}
