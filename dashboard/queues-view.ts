/** What the queues hold; dead letters are looked at, sent again and dropped, each time with a reason. */
import { signal } from '@preact/signals';
import { type Drawn, html } from './html.js';
import { ask, command, type DeadLetter, type Queue } from './server.js';
import { about, attempt } from './state.js';

const queues = signal<readonly Queue[]>([]);
const open = signal<string | undefined>(undefined);
const letters = signal<readonly DeadLetter[]>([]);
const looked = signal<DeadLetter | undefined>(undefined);
const filter = signal('');
const reason = signal('');
const done = signal('');

export const loadQueues = (): Promise<void> =>
  attempt(async () => {
    queues.value = await ask<Queue[]>('queues');
    if (open.value !== undefined)
      letters.value = await ask<DeadLetter[]>(`queues/${encodeURIComponent(open.value)}/dead`);
  });

export function QueuesView(): Drawn {
  return html`<section aria-labelledby="queues-title">
    <div class="bar"><h2 id="queues-title">Queues</h2><button type="button" onClick=${loadQueues}>Refresh</button></div>
    <div class="wide" tabindex="0" role="region" aria-label="Counts">
      <table>
        <thead><tr><th>Queue</th><th>Waiting</th><th>Delayed</th><th>In progress</th><th>Dead letters</th><th>Look</th></tr></thead>
        <tbody>${queues.value.map(
          ({ name, counts, error }) => html`<tr key=${name}>
          <td>${name}</td>
          ${
            counts === undefined
              ? html`<td colspan="4"><strong>no answer: ${error}</strong></td>`
              : [counts.waiting, counts.delayed, counts.active, counts.dead].map(
                  (count) => html`<td class="number">${count}</td>`,
                )
          }
          <td><button type="button" aria-label=${`dead letters of ${name}`} onClick=${() => {
            open.value = name;
            looked.value = undefined;
            done.value = '';
            void loadQueues();
          }}>dead letters</button></td>
        </tr>`,
        )}</tbody>
      </table>
    </div>
    ${open.value === undefined ? '' : html`<${Letters} queue=${open.value} />`}
  </section>`;
}

function Letters({ queue }: { queue: string }): Drawn {
  const words = filter.value.toLowerCase();
  const found = letters.value.filter((letter) =>
    JSON.stringify(letter).toLowerCase().includes(words),
  );
  return html`<section aria-label=${`Dead letters of ${queue}`}>
    <h3>Dead letters of ${queue}</h3>
    <div class="bar">
      <label>Filter <input type="search" value=${filter.value} onInput=${(event: {
        currentTarget: HTMLInputElement;
      }) => {
        filter.value = event.currentTarget.value;
      }} /></label>
      ${
        about.value?.commands === true
          ? html`<label>Reason <input required value=${reason.value} placeholder="for the audit log" onInput=${(event: {
              currentTarget: HTMLInputElement;
            }) => {
              reason.value = event.currentTarget.value;
            }} /></label>
          <${Act} queue=${queue} name="retry" label=${`Retry ${found.length} shown`} ids=${found.map(({ id }) => id)} />
          <${Act} queue=${queue} name="drop" label=${`Drop ${found.length} shown`} ids=${found.map(({ id }) => id)} />`
          : html`<span class="note">Read-only.</span>`
      }
      <span role="status">${done.value}</span>
    </div>
    <div class="wide" tabindex="0" role="region" aria-label="Dead letters">
      <table>
        <thead><tr><th>Died</th><th>Event</th><th>Handler</th><th>Reason</th><th>Error</th><th>Attempts</th><th>Do</th></tr></thead>
        <tbody>${found.map(
          (letter) => html`<tr key=${letter.id} class="failed">
          <td>${letter.diedAt}</td><td>${letter.event}</td><td>${letter.handler ?? ''}</td><td>${letter.reason}</td>
          <td>${letter.failure.name} ${letter.failure.code ?? ''}</td><td class="number">${letter.attempt}</td>
          <td class="bar">
            <button type="button" aria-label=${`look into ${letter.id}`} onClick=${() =>
              attempt(async () => {
                looked.value = await ask<DeadLetter>(
                  `queues/${encodeURIComponent(queue)}/dead/${encodeURIComponent(letter.id)}`,
                );
              })}>look</button>
            ${about.value?.commands === true ? html`<${Act} queue=${queue} name="retry" label="retry" ids=${[letter.id]} />` : ''}
          </td>
        </tr>`,
        )}</tbody>
      </table>
    </div>
    ${looked.value === undefined ? '' : html`<${Look} queue=${queue} letter=${looked.value} />`}
  </section>`;
}

function Act({
  queue,
  name,
  label,
  ids,
}: {
  queue: string;
  name: string;
  label: string;
  ids: readonly string[];
}): Drawn {
  return html`<button type="button" disabled=${ids.length === 0 || reason.value.trim() === ''} onClick=${() =>
    attempt(async () => {
      const count = await command(queue, name, { which: { ids }, reason: reason.value });
      done.value = `${name}: ${count}`;
      await loadQueues();
    })}>${label}</button>`;
}

/** One dead letter with its payload, which may be put right before it is sent again. */
function Look({ queue, letter }: { queue: string; letter: DeadLetter }): Drawn {
  const edited = { text: letter.payload ?? '' };
  return html`<section class="causes" aria-label=${`Dead letter ${letter.id}`}>
    <h4>${letter.event}, ${letter.id}</h4>
    <label>Payload <textarea rows="6" readonly=${about.value?.commands !== true} onInput=${(event: {
      currentTarget: HTMLTextAreaElement;
    }) => {
      edited.text = event.currentTarget.value;
    }}>${letter.payload}</textarea></label>
    ${
      about.value?.commands === true
        ? html`<button type="button" disabled=${reason.value.trim() === ''} onClick=${() =>
            attempt(async () => {
              await command(queue, 'edit', {
                which: letter.id,
                reason: reason.value,
                payload: JSON.parse(edited.text),
              });
              done.value = 'edit: 1';
            })}>Save the payload</button>`
        : ''
    }
  </section>`;
}
