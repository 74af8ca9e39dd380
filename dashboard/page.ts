/** The page: a head with the environment, and one of four views. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { AliveView, loadAlive } from './alive-view.js';
import { FeedView } from './feed-view.js';
import { GraphView, loadGraph } from './graph-view.js';
import { type Drawn, html } from './html.js';
import { loadQueues, QueuesView } from './queues-view.js';
import { openSession } from './server.js';
import {
  about,
  isConnected,
  isPaused,
  keepAddress,
  listen,
  loadAbout,
  trouble,
  view,
} from './state.js';

const VIEWS = {
  feed: { title: 'Feed', draw: FeedView, load: async () => undefined },
  graph: { title: 'Graph', draw: GraphView, load: loadGraph },
  alive: { title: 'Alive', draw: AliveView, load: loadAlive },
  queues: { title: 'Queues', draw: QueuesView, load: loadQueues },
} as const;

function Page(): Drawn {
  const name = view.value in VIEWS ? (view.value as keyof typeof VIEWS) : 'feed';
  return html`<header>
      <h1>${about.value?.application ?? 'Carillon'}</h1>
      <span class=${`badge ${about.value?.environment === 'production' ? 'production' : ''}`}>${about.value?.environment ?? '…'}${about.value?.commands === false ? ', read-only' : ''}</span>
      <span role="status">${connection()}</span>
      <nav aria-label="Views">${Object.entries(VIEWS).map(
        ([each, { title }]) =>
          html`<button type="button" aria-current=${each === name ? 'page' : undefined} onClick=${() => {
            view.value = each;
            keepAddress();
          }}>${title}</button>`,
      )}</nav>
    </header>
    <main>
      ${trouble.value === '' ? '' : html`<p class="trouble" role="alert">${trouble.value}</p>`}
      <${VIEWS[name].draw} />
    </main>`;
}

function connection(): string {
  if (isPaused.value) return 'paused';
  return isConnected.value ? 'connected' : 'not connected';
}

async function begin(): Promise<void> {
  await openSession();
  await loadAbout();
  const root = document.getElementById('page');
  if (root === null) return;
  root.textContent = '';
  render(html`<${Page} />`, root);
  if (about.value !== undefined) listen();
  effect(() => {
    if (view.value in VIEWS) void VIEWS[view.value as keyof typeof VIEWS].load();
  });
}

void begin();
