/** Who sends what, and who hears it: drawn, and as a list that says the same. */
import { Graph, layout } from '@dagrejs/dagre';
import { computed, signal } from '@preact/signals';
import { type Drawn, html } from './html.js';
import { ask, type Topology } from './server.js';
import { attempt } from './state.js';

const topology = signal<Topology | undefined>(undefined);
const HEIGHT = 30;
/** Laid out once for each topology, not once for each redraw. */
const drawing = computed(() => topology.value && laidOut(topology.value));

export const loadGraph = (): Promise<void> =>
  attempt(async () => {
    topology.value = await ask<Topology>('topology');
  });

export function GraphView(): Drawn {
  const known = topology.value;
  return html`<section aria-labelledby="graph-title">
    <div class="bar"><h2 id="graph-title">Graph</h2><button type="button" onClick=${loadGraph}>Refresh</button></div>
    ${known === undefined ? html`<p class="note">Loading.</p>` : html`<${Drawing} /><${List} topology=${known} />`}
  </section>`;
}

function Drawing(): Drawn {
  const graph = drawing.value;
  if (graph === undefined) return '';
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return html`<div class="wide" tabindex="0" role="region" aria-label="Drawing of the graph; the list below says the same">
    <svg viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} aria-hidden="true">
      ${graph.edges().map((edge) => {
        const { points } = graph.edge(edge) as { points: { x: number; y: number }[] };
        return html`<polyline class="edge" points=${points.map(({ x, y }) => `${x},${y}`).join(' ')} />`;
      })}
      ${graph.nodes().map((id) => {
        const {
          x,
          y,
          width: wide,
          label,
          kind,
        } = graph.node(id) as unknown as {
          x: number;
          y: number;
          width: number;
          label: string;
          kind: string;
        };
        return html`<g class=${`node ${kind}`}>
          <rect x=${x - wide / 2} y=${y - HEIGHT / 2} width=${wide} height=${HEIGHT} rx=${kind === 'event' ? 15 : 3} />
          <text x=${x} y=${y + 5} text-anchor="middle">${label}</text>
        </g>`;
      })}
    </svg>
  </div>`;
}

function laidOut({ events, handlers, emitters, edges }: Topology): InstanceType<typeof Graph> {
  const graph = new Graph();
  // Ranks of a tight tree: as good as those of the network simplex here, in three quarters of the time.
  const ranks = { rankdir: 'LR', ranker: 'tight-tree', ranksep: 60 };
  graph.setGraph({ ...ranks, nodesep: 12, marginx: 10, marginy: 10 });
  graph.setDefaultEdgeLabel(() => ({}));
  const add = (id: string, label: string, kind: string) =>
    graph.setNode(id, { label, kind, width: 24 + 7.5 * label.length, height: HEIGHT });
  for (const { id, name } of events) add(id, name, 'event');
  for (const { id, className, method } of handlers) add(id, `${className}.${method}`, 'handler');
  for (const { id, className, method } of emitters) add(id, `${className}.${method}`, 'emitter');
  for (const { from, to } of edges)
    if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  layout(graph);
  return graph;
}

function List({ topology: { events, handlers, edges, emitters } }: { topology: Topology }): Drawn {
  const nameOf = new Map(
    [...handlers, ...emitters].map(({ id, className, method }) => [id, `${className}.${method}`]),
  );
  return html`<h3>As a list</h3><ul>
    ${events.map(({ id, name }) => {
      const heard = handlers
        .filter(({ event }) => event === id)
        .map(({ className, method, verb }) => `${className}.${method} (@${verb})`);
      const sent = edges
        .filter(({ to, kind }) => to === id && kind !== 'hear')
        .map(({ from, kind }) => `${nameOf.get(from) ?? from} (${kind})`);
      return html`<li><strong>${name}</strong>: heard by ${heard.join(', ') || 'nobody'}${sent.length > 0 ? `; sent by ${sent.join(', ')}` : ''}</li>`;
    })}
  </ul>`;
}
