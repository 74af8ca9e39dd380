/** Puts a description into one order, so that equal applications give equal texts. */
import type { Topology, TopologyEdge } from './topology.js';

/** The same with its lists in the order of their ids, and the keys of all objects in that of the alphabet. */
export function sortedTopology(topology: Topology): Topology {
  const byId = <T extends { readonly id: string }>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => compare(a.id, b.id));
  return withSortedKeys({
    ...topology,
    events: byId(topology.events),
    handlers: byId(topology.handlers),
    emitters: byId(topology.emitters),
    services: byId(topology.services),
    scopes: byId(topology.scopes),
    queues: byId(topology.queues),
    buses: byId(topology.buses),
    edges: [...topology.edges].sort((a, b) => compare(edgeText(a), edgeText(b))),
  });
}

function edgeText({ from, kind, to }: TopologyEdge): string {
  return `${from}\0${to}\0${kind}`;
}

/** By code units: the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function withSortedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withSortedKeys) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withSortedKeys(inner)])) as T;
}
