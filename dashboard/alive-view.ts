/** What is alive: scopes with what holds them, handlers that run, tasks that wait. */
import { signal } from '@preact/signals';
import { type Drawn, duration, html } from './html.js';
import { type Alive, ask } from './server.js';
import { attempt } from './state.js';

const alive = signal<Alive | undefined>(undefined);

export const loadAlive = (): Promise<void> =>
  attempt(async () => {
    alive.value = await ask<Alive>('alive');
  });

export function AliveView(): Drawn {
  const { scopes = [], running = [], tasks = [] } = alive.value ?? {};
  return html`<section aria-labelledby="alive-title">
    <div class="bar"><h2 id="alive-title">Alive</h2><button type="button" onClick=${loadAlive}>Refresh</button></div>
    <${Table} title="Scopes" heads=${['Scope', 'State', 'Age', 'Held by']} rows=${scopes.map(({ path, state, age, leases }) => [path, state, duration(age), leases.join(', ')])} />
    <${Table} title="Running handlers" heads=${['Handler', 'Event', 'Scope', 'For']} rows=${running.map(({ className, method, event, owner, age }) => [`${className}.${method}`, event, owner, duration(age)])} />
    <${Table} title="Tasks" heads=${['Task', 'Scope', 'Age', 'Waits for']} rows=${tasks.map(({ method, owner, age, waitsFor }) => [method, owner, duration(age), waitsFor])} />
  </section>`;
}

function Table({
  title,
  heads,
  rows,
}: {
  title: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
}): Drawn {
  return html`<h3>${title}, ${rows.length}</h3>
    <div class="wide" tabindex="0" role="region" aria-label=${title}>
      <table>
        <thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
      </table>
    </div>`;
}
