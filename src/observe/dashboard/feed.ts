/** What happened lately in an application: a bounded list, to which any number of readers listen. */

/** One thing that happened. */
export interface FeedEntry {
  /** Counts from 1; the order in which things happened. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `'sent'` by a program, `'handled'` by a handler, or `'unheard'`: nobody was there. */
  readonly kind: 'sent' | 'handled' | 'unheard';
  /** `'emit'`, `'publish'`, `'defer'`; of a handler `'On'`, `'Subscribe'` … */
  readonly verb: string;
  readonly event: string;
  /** The path of the scope that sent it or that owns the handler. */
  readonly scope: string;
  /** The entry of the handler within which it was sent; of a handler the entry of what it handled. */
  readonly cause?: number | undefined;
  /** `Class.method` of the handler. */
  readonly handler?: string | undefined;
  /** The payload of what was sent, as text, without what looks like a secret. */
  readonly payload?: string | undefined;
  /** How long the handler took, in milliseconds. */
  readonly took?: number | undefined;
  /** The name of the error with which the handler failed. */
  readonly error?: string | undefined;
  /** Of a message: its id, what began it, and which attempt it is. */
  readonly message?: string | undefined;
  readonly correlation?: string | undefined;
  readonly attempt?: number | undefined;
}

/** An entry that has no number yet. */
export type NewEntry = Omit<FeedEntry, 'id' | 'took' | 'error'>;

/** An entry whose handler may still be running. */
type OpenEntry = { -readonly [Key in keyof FeedEntry]: FeedEntry[Key] };

/** The last changes: an entry stands there once when it comes, and once more when its handler has settled. */
export class Feed {
  readonly #limit: number;
  readonly #changes: FeedEntry[] = [];
  readonly #listeners = new Set<() => void>();
  #entries = 0;
  /** How many changes there have been; a reader says by it what it has seen. */
  #count = 0;

  /** @param limit how many changes are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  add(entry: NewEntry): FeedEntry {
    this.#entries += 1;
    const added: FeedEntry = { id: this.#entries, ...entry };
    this.#changed(added);
    return added;
  }

  /** The handler of an entry has settled. */
  settle(entry: FeedEntry, took: number, error?: string): void {
    const open: OpenEntry = entry;
    open.took = Math.round(took * 1000) / 1000;
    if (error !== undefined) open.error = error;
    this.#changed(entry);
  }

  /** What has changed since so many changes, each entry once, the oldest first, as far as it is kept. */
  since(count: number): readonly FeedEntry[] {
    const first = this.#count - this.#changes.length;
    const missed = this.#changes.slice(Math.max(0, count - first)).slice(-this.#limit);
    return [...new Set(missed)];
  }

  /** Calls the listener after each change; returns what ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #changed(entry: FeedEntry): void {
    this.#count += 1;
    this.#changes.push(entry);
    // Half of the list goes at once: cheaper than one for each that comes.
    if (this.#changes.length >= 2 * this.#limit) this.#changes.splice(0, this.#limit);
    for (const listener of this.#listeners) listener();
  }
}
