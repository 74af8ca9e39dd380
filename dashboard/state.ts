/** What the page knows, in signals: a view is drawn again when what it reads has changed. */
import { computed, effect, signal } from '@preact/signals';
import { type About, ask, type Entry } from './server.js';

/** How many entries the page keeps. */
const MOST = 3000;
/** How many of them are shown at once: fewer while more come than anybody can read, since each redraw replaces all of them. */
const SHOWN = 200;
const SHOWN_IN_STORM = 50;
/** So many in one batch are a storm; it is over when none has come for so many milliseconds. */
const STORM = 100;
const CALM_TIME = 500;

export const about = signal<About | undefined>(undefined);
export const trouble = signal('');
export const isConnected = signal(false);
export const isPaused = signal(false);
export const passedOver = signal(0);

const parameters = new URLSearchParams(location.search);

/** The filters stand in the address, so that a look can be passed on. */
export const filter = signal(parameters.get('filter') ?? '');
export const view = signal(parameters.get('view') ?? 'feed');
/** The entry whose causes are shown. */
export const chosen = signal<number | undefined>(undefined);

const entries = new Map<number, Entry>();
const changed = signal(0);
const isStormy = signal(false);
/** A hidden page and a paused one have no connection: they cost the application nothing. */
const isVisible = signal(!document.hidden);
/** What the next connection goes on from. */
let seen = '';
let calm: ReturnType<typeof setTimeout> | undefined;

/** All that is kept, by number. */
export function entry(id: number): Entry | undefined {
  return entries.get(id);
}

export function allEntries(): Entry[] {
  return changed.value === 0 ? [] : [...entries.values()];
}

/** The newest first, as far as they match the filter. */
export const shown = computed(() => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const most = isStormy.value && !isPaused.value ? SHOWN_IN_STORM : SHOWN;
  const found: Entry[] = [];
  for (const candidate of allEntries().reverse()) {
    const text =
      `${candidate.kind} ${candidate.verb} ${candidate.event} ${candidate.scope} ${candidate.handler ?? ''} ${candidate.error ?? ''}`.toLowerCase();
    if (words.every((word) => text.includes(word)) && found.push(candidate) === most) break;
  }
  return found;
});

/** Remembers the filters in the address. */
export function keepAddress(): void {
  const next = new URLSearchParams();
  if (view.value !== 'feed') next.set('view', view.value);
  if (filter.value !== '') next.set('filter', filter.value);
  const query = next.size > 0 ? `?${next}` : '';
  history.replaceState(null, '', `${location.pathname}${query}`);
}

/** Listens to the feed while somebody looks; the browser connects again when the connection is lost. */
export function listen(): void {
  document.addEventListener('visibilitychange', () => {
    isVisible.value = !document.hidden;
  });
  effect(() => {
    if (isPaused.value || !isVisible.value) return;
    const source = new EventSource(`./feed?seen=${seen}`);
    source.addEventListener('open', () => {
      isConnected.value = true;
    });
    source.addEventListener('error', () => {
      isConnected.value = false;
    });
    source.addEventListener('entries', take);
    return () => {
      source.close();
      isConnected.value = false;
    };
  });
}

function take({ data, lastEventId }: MessageEvent<string>): void {
  const batch = JSON.parse(data) as { entries: Entry[]; passedOver: number };
  seen = lastEventId;
  for (const next of batch.entries) {
    entries.delete(next.id);
    entries.set(next.id, next);
  }
  for (const oldest of entries.keys()) {
    if (entries.size <= MOST) break;
    entries.delete(oldest);
  }
  if (batch.entries.length >= STORM) rage();
  passedOver.value += batch.passedOver;
  changed.value += 1;
}

function rage(): void {
  isStormy.value = true;
  clearTimeout(calm);
  calm = setTimeout(() => {
    isStormy.value = false;
  }, CALM_TIME);
}

/** Shows what went wrong, instead of nothing. */
export async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    trouble.value = '';
    await action();
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}

export const loadAbout = (): Promise<void> =>
  attempt(async () => {
    about.value = await ask<About>('about');
  });
