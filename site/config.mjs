/** VitePress for the guide. The side bar is the list of pages that docs/README.md shows to a reader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const WORK = join(import.meta.dirname, '..');

// What VitePress takes its settings by.
// biome-ignore lint/style/noDefaultExport: VitePress wants it
export default {
  lang: 'en',
  title: 'Carillon',
  description: 'Decorator-driven events for dependency-injected TypeScript services',
  cleanUrls: true,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: drawDiagrams,
  },
  vite: { build: { chunkSizeWarningLimit: 4000 }, logLevel: 'warn' },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/docs/' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Errors', link: '/docs/errors/' },
      { text: 'Examples', link: '/examples/webhooks/' },
    ],
    sidebar: { '/docs/': guide(), '/examples/': guide(), '/reference/': reference(), '/': guide() },
    outline: { level: [2, 3] },
  },
};

/** The groups of docs/README.md: a line in bold, then its links. */
function guide() {
  const groups = [];
  for (const line of readFileSync(join(WORK, 'docs/index.md'), 'utf8').split('\n')) {
    const heading = /^\*\*(.+)\*\*$/.exec(line)?.[1] ?? /^(Examples) to run/.exec(line)?.[1];
    if (heading !== undefined) groups.push({ text: heading, items: [] });
    for (const [, text, link] of line.matchAll(/\[([^\]]+)\]\(([^)#]+)\.md\)/g))
      if (line.startsWith('- ')) groups.at(-1)?.items.push({ text, link: linkOf(link) });
  }
  return groups;
}

function linkOf(link) {
  const path = link.startsWith('../') ? link.slice('..'.length) : `/docs/${link}`;
  return path.replace(/index$/, '');
}

/** One group for each entry, by its name. */
function reference() {
  const text = readFileSync(join(WORK, 'reference/index.md'), 'utf8');
  return [
    {
      text: 'Entries',
      items: [...text.matchAll(/\[([^\]]+)\]\(([^)]+)\.md\)/g)].map(([, name, link]) => ({
        text: name,
        link: `/reference/${link.replace(/index$/, '')}`,
      })),
    },
  ];
}

/** A block `mermaid` is drawn in the browser, and readable as text without it. */
function drawDiagrams(markdown) {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, at, ...others) =>
    tokens[at].info.trim() === 'mermaid'
      ? `<Diagram code="${encodeURIComponent(tokens[at].content)}" />`
      : fence(tokens, at, ...others);
}
