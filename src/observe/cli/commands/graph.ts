/** `carillon graph`: who sends what to whom. */
import { defineCommand } from 'citty';
import { htmlOf, svgOf } from '../../graph/drawing.js';
import { around, type Graph, graphOf } from '../../graph/graph.js';
import { dotOf, mermaidOf } from '../../graph/text-formats.js';
import { wrongUsage } from '../command-error.js';
import { FINDINGS } from '../exit-codes.js';
import { PROJECT_ARGS, readProject } from '../project.js';

const FORMATS = {
  mermaid: mermaidOf,
  dot: dotOf,
  svg: svgOf,
  html: htmlOf,
  json: (graph: Graph) => JSON.stringify(graph, null, 2),
} satisfies Readonly<Record<string, (graph: Graph, title: string) => string>>;

export const graph = defineCommand({
  meta: { name: 'graph', description: 'Draw who sends what to whom' },
  args: {
    format: {
      type: 'string',
      description: 'mermaid, dot, svg, html or json',
      valueHint: 'format',
      default: 'mermaid',
    },
    focus: {
      type: 'string',
      description: 'Only what is around this class or event',
      valueHint: 'name',
    },
    depth: {
      type: 'string',
      description: 'How many steps around it',
      valueHint: 'n',
      default: '2',
    },
    ...PROJECT_ARGS,
  },
  async run({ args }) {
    const format = args.json ? 'json' : args.format;
    if (!Object.hasOwn(FORMATS, format))
      throw wrongUsage(`There is no format ${format}. Give ${Object.keys(FORMATS).join(', ')}.`);
    const depth = Number(args.depth);
    if (!Number.isInteger(depth) || depth < 0)
      throw wrongUsage(`--depth is ${args.depth}. Give a whole number, 0 or more.`);
    const { topology, console } = await readProject(args);
    const whole = graphOf(topology);
    const shown = args.focus === undefined ? whole : around(whole, args.focus, depth);
    if (shown === undefined) {
      console.note(`No class and no event is called ${args.focus}.`);
      process.exitCode = FINDINGS;
      return;
    }
    console.text(FORMATS[format as keyof typeof FORMATS](shown, topology.application));
  },
});
