/** The graph of a topology: methods and events, and the ways between them. */
import type { Topology, TopologyHandler } from '../topology.js';
import { nameOf } from '../ways.js';

/** A method or an event. */
export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly kind: 'event' | 'method';
}

/** A way from one to the other. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `emit`, `@On`, `@Deferred mail`. */
  readonly label: string;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A handler and an emitter that are one method are one node. */
export function graphOf(topology: Topology): Graph {
  const nodes = new Map<string, GraphNode>();
  const methods = new Map<string, string>();
  const addMethod = (end: Named) => {
    const id = `method:${end.service ?? ''} ${nameOf(end)}`;
    methods.set(end.id, id);
    nodes.set(id, { id, label: nameOf(end), kind: 'method' });
  };
  for (const { id, name } of topology.events) nodes.set(id, { id, label: name, kind: 'event' });
  for (const end of [...topology.handlers, ...topology.emitters]) addMethod(end);
  const handlers = new Map(topology.handlers.map((handler) => [handler.id, handler]));
  const edges = topology.edges.flatMap(({ from, to, kind }): GraphEdge[] => {
    if (kind === 'run') return [];
    const handler = handlers.get(to);
    return [
      {
        from: methods.get(from) ?? from,
        to: methods.get(to) ?? to,
        label: handler === undefined ? kind : hearingText(handler),
      },
    ];
  });
  return { nodes: [...nodes.values()], edges };
}

type Named = Pick<TopologyHandler, 'id' | 'className' | 'method' | 'service'>;

function hearingText({ verb, queue, group }: TopologyHandler): string {
  const place = queue?.slice('queue:'.length) ?? group;
  return place === undefined ? `@${verb}` : `@${verb} ${place}`;
}

/**
 * What lies around a class or an event.
 *
 * @param focus the name of an event, of a class, or `Class.method`
 * @param depth how many edges away, in either direction
 * @returns nothing where no node has that name
 */
export function around({ nodes, edges }: Graph, focus: string, depth: number): Graph | undefined {
  const reached = new Set(
    nodes
      .filter(
        ({ label, id }) =>
          label === focus || label.startsWith(`${focus}.`) || id === `event:${focus}`,
      )
      .map(({ id }) => id),
  );
  if (reached.size === 0) return undefined;
  for (let step = 0; step < depth; step += 1) {
    const last = new Set(reached);
    for (const { from, to } of edges) {
      if (last.has(from)) reached.add(to);
      if (last.has(to)) reached.add(from);
    }
  }
  return {
    nodes: nodes.filter(({ id }) => reached.has(id)),
    edges: edges.filter(({ from, to }) => reached.has(from) && reached.has(to)),
  };
}
