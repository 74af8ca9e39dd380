/** A graph as a drawing, laid out from left to right; and a page with the drawing and the same as a list. */
import { Graph as Layout, layout } from '@dagrejs/dagre';
import type { Graph, GraphEdge, GraphNode } from './graph.js';

const MARGIN = 20;
const HEIGHT = 32;
/** Of a letter, in the font of the drawing. */
const LETTER = 7.5;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Placed extends Point {
  readonly width: number;
  readonly height: number;
}

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (GraphNode & Placed)[];
  readonly edges: readonly (GraphEdge & { readonly points: readonly Point[] } & Point)[];
}

/** A drawing in SVG that needs nothing else; it follows light and dark. */
export function svgOf(graph: Graph): string {
  const { width, height, nodes, edges } = placed(graph);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Events and handlers">`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>',
    ...edges.map(
      ({ points, label, x, y }) =>
        `<path class="edge" d="M${points.map(pointText).join(' L')}" marker-end="url(#arrow)"/><text class="way" x="${round(x)}" y="${round(y)}">${xmlText(label)}</text>`,
    ),
    ...nodes.map(
      ({ kind, label, x, y, width: wide, height: high }) =>
        `<g class="${kind}"><rect x="${round(x - wide / 2)}" y="${round(y - high / 2)}" width="${round(wide)}" height="${high}" rx="${kind === 'event' ? high / 2 : 4}"/><text x="${round(x)}" y="${round(y)}">${xmlText(label)}</text></g>`,
    ),
    '</svg>',
  ].join('\n');
}

/** The drawing, and the same as a list: for the keyboard, for a screen reader, and to search. */
export function htmlOf(graph: Graph, title: string): string {
  const labels = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  const ways = graph.edges.map(
    ({ from, to, label }) =>
      `<li><code>${xmlText(labels.get(from) ?? from)}</code> ${xmlText(label)} <code>${xmlText(labels.get(to) ?? to)}</code></li>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${xmlText(title)}</title>`,
    '<style>body{font:16px system-ui,sans-serif;margin:2rem}main{overflow-x:auto}</style></head>',
    `<body><h1>${xmlText(title)}</h1>`,
    `<main tabindex="0">${svgOf(graph)}</main>`,
    `<h2>Ways</h2><ul>${ways.join('\n')}</ul></body>`,
    '</html>',
  ].join('\n');
}

const STYLE =
  'text{font:12px ui-monospace,monospace;text-anchor:middle;dominant-baseline:central;fill:#1f2328}.way{font-size:10px;fill:#59636e}rect{fill:#fff;stroke:#59636e}.event rect{fill:#ddf4ff;stroke:#0969da}.edge{fill:none;stroke:#818b98}marker path{fill:#818b98}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.way{fill:#9198a1}rect{fill:#161b22;stroke:#9198a1}.event rect{fill:#0c2d6b;stroke:#4493f8}}';

function placed({ nodes, edges }: Graph): Drawn {
  const plan = new Layout({ multigraph: true });
  plan.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 60, marginx: MARGIN, marginy: MARGIN });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const { id, label } of nodes)
    plan.setNode(id, { width: label.length * LETTER + 24, height: HEIGHT });
  edges.forEach(({ from, to, label }, index) => {
    plan.setEdge(from, to, { width: label.length * 6.5, height: 14, labelpos: 'c' }, String(index));
  });
  layout(plan);
  const { width = 0, height = 0 } = plan.graph() as { width?: number; height?: number };
  return {
    width: round(Math.max(width, 2 * MARGIN)),
    height: round(Math.max(height, 2 * MARGIN)),
    nodes: nodes.map((node) => ({ ...node, ...(plan.node(node.id) as Placed) })),
    edges: edges.map((edge, index) => {
      const { points, x, y } = plan.edge(edge.from, edge.to, String(index)) as Point & {
        points: readonly Point[];
      };
      return { ...edge, points, x, y };
    }),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function pointText({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

/** Names may have any signs. */
function xmlText(text: string): string {
  return text.replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
