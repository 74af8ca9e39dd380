/** Is it triggering? What was sent, and who heard it; and the tree of causes of one entry. */
import { clockTime, type Drawn, duration, html } from './html.js';
import type { Entry } from './server.js';
import {
  allEntries,
  chosen,
  entry,
  filter,
  isPaused,
  keepAddress,
  passedOver,
  shown,
} from './state.js';

export function FeedView(): Drawn {
  return html`<section aria-labelledby="feed-title">
    <h2 id="feed-title">Live feed</h2>
    <div class="bar">
      <label>Filter <input type="search" value=${filter.value} placeholder="event, handler, scope, error"
        onInput=${(event: { currentTarget: HTMLInputElement }) => {
          filter.value = event.currentTarget.value;
          keepAddress();
        }} /></label>
      <button type="button" aria-pressed=${isPaused.value} onClick=${() => {
        isPaused.value = !isPaused.value;
      }}>${isPaused.value ? 'Resume' : 'Pause'}</button>
      <span class="note">${passedOver.value > 0 ? `${passedOver.value} not shown: too many at once` : ''}</span>
    </div>
    ${chosen.value === undefined ? '' : html`<${Causes} id=${chosen.value} />`}
    <div class="wide" tabindex="0" role="region" aria-label="Entries">
      <table>
        <thead><tr><th>Time</th><th>What</th><th>Event</th><th>Who</th><th>Took</th><th>Scope</th><th>Causes</th></tr></thead>
        <tbody>${shown.value.map((each) => html`<${Row} key=${each.id} entry=${each} />`)}</tbody>
      </table>
    </div>
  </section>`;
}

function Row({
  entry: { id, time, kind, verb, event, handler, took, error, scope, attempt, payload },
}: {
  entry: Entry;
}): Drawn {
  const what = { unheard: 'nobody heard it', sent: verb, handled: `@${verb}` }[kind];
  return html`<tr class=${error === undefined ? kind : 'failed'}>
    <td>${clockTime(time)}</td>
    <td>${what}${attempt !== undefined && attempt > 1 ? `, attempt ${attempt}` : ''}</td>
    <td title=${payload ?? ''}>${event}</td>
    <td>${handler ?? ''}${error === undefined ? '' : html` <strong>failed: ${error}</strong>`}</td>
    <td class="number">${kind === 'handled' && took === undefined ? 'running' : duration(took)}</td>
    <td>${scope}</td>
    <td><button type="button" aria-label=${`show causes of entry ${id}`} onClick=${() => {
      chosen.value = id;
    }}>show</button></td>
  </tr>`;
}

/** From the first cause that is kept down to all that came of it. */
function Causes({ id }: { id: number }): Drawn {
  const all = allEntries();
  let top = entry(id);
  for (
    let above = top;
    above !== undefined;
    above = above.cause === undefined ? undefined : entry(above.cause)
  )
    top = above;
  return html`<section class="causes" aria-label="Causes">
    <div class="bar"><h3>Causes</h3><button type="button" onClick=${() => {
      chosen.value = undefined;
    }}>Close</button></div>
    ${top === undefined ? html`<p class="note">It is not kept any more.</p>` : html`<ul><${Branch} entry=${top} all=${all} chosen=${id} /></ul>`}
  </section>`;
}

function Branch({
  entry: top,
  all,
  chosen: id,
}: {
  entry: Entry;
  all: readonly Entry[];
  chosen: number;
}): Drawn {
  const below = all.filter(({ cause }) => cause === top.id).sort((one, other) => one.id - other.id);
  const text =
    top.kind === 'sent'
      ? `${top.verb} ${top.event}`
      : `${top.handler} ${duration(top.took)}${top.error === undefined ? '' : `, failed: ${top.error}`}`;
  return html`<li aria-current=${top.id === id ? 'true' : undefined}>${text}
    ${top.payload === undefined || top.id !== id ? '' : html`<pre tabindex="0">${top.payload}</pre>`}
    ${below.length > 0 ? html`<ul>${below.map((each) => html`<${Branch} key=${each.id} entry=${each} all=${all} chosen=${id} />`)}</ul>` : ''}
  </li>`;
}
