/** A graph in the languages of Mermaid and Graphviz. */
import type { Graph } from './graph.js';

/** A flowchart of Mermaid: events round, methods square. */
export function mermaidOf({ nodes, edges }: Graph): string {
  const ids = shortIds(nodes);
  return [
    'flowchart LR',
    ...nodes.map(({ id, label, kind }) =>
      kind === 'event'
        ? `  ${ids.get(id)}(["${mermaidText(label)}"])`
        : `  ${ids.get(id)}["${mermaidText(label)}"]`,
    ),
    ...edges.map(
      ({ from, to, label }) => `  ${ids.get(from)} -->|"${mermaidText(label)}"| ${ids.get(to)}`,
    ),
  ].join('\n');
}

/** A digraph of Graphviz. */
export function dotOf({ nodes, edges }: Graph): string {
  return [
    'digraph carillon {',
    '  rankdir=LR;',
    ...nodes.map(
      ({ id, label, kind }) =>
        `  ${dotText(id)} [label=${dotText(label)}, shape=${kind === 'event' ? 'ellipse' : 'box'}];`,
    ),
    ...edges.map(
      ({ from, to, label }) => `  ${dotText(from)} -> ${dotText(to)} [label=${dotText(label)}];`,
    ),
    '}',
  ].join('\n');
}

function shortIds(nodes: Graph['nodes']): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
}

/** Within quotes, Mermaid reads entities. */
function mermaidText(text: string): string {
  return text.replace(/[#"<>&`]/g, (sign) => `#${sign.charCodeAt(0)};`);
}

function dotText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
