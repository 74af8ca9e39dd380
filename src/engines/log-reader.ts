/** A subscriber without a group on a bus that is a log: reads the log from its position at the time of the subscription. */
import type { BusSubscription } from '../bus/bus-transport.js';

/** A message in the log. */
export interface LogEntry {
  readonly id: string;
  readonly topic: string;
  readonly text: string;
}

/** Is notified of new entries. */
export interface EntryReader<E extends LogEntry> {
  /** @param before the id of the entry before these; an empty one makes the reader query the log itself */
  wake(entries: readonly E[], before: string): void;
  end(): Promise<void>;
}

/** Where the entries are. */
export interface Log<E extends LogEntry> {
  /** Returns at most `count` entries after the given id, in order. */
  read(after: string, count: number): Promise<readonly E[]>;
  matches(entry: E): boolean;
  /** Receives errors that no caller waits for. */
  failed(error: unknown): void;
}

/** How many entries are read at once. */
export const BATCH = 100;

export class LogReader<E extends LogEntry> implements EntryReader<E> {
  readonly #subscription: BusSubscription;
  readonly #log: Log<E>;
  /** The id of the last entry that was read. */
  #position: string;
  #inProgress = 0;
  #isReading = false;
  #isBehind = true;
  #isEnded = false;

  constructor(subscription: BusSubscription, position: string, log: Log<E>) {
    this.#subscription = subscription;
    this.#position = position;
    this.#log = log;
  }

  wake(entries: readonly E[], before: string): void {
    const hasRoom = this.#inProgress + entries.length <= this.#subscription.prefetch;
    if (!this.#isReading && hasRoom && this.#position === before) this.#deliverAll(entries);
    else this.#catchUp().catch(this.#log.failed);
  }

  async end(): Promise<void> {
    this.#isEnded = true;
  }

  async #catchUp(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.#isEnded) {
        const room = this.#subscription.prefetch - this.#inProgress;
        if (room <= 0) return;
        this.#isBehind = false;
        const entries = await this.#log.read(this.#position, Math.min(room, BATCH));
        if (entries.length > 0) this.#isBehind = true;
        this.#deliverAll(entries);
      }
    } finally {
      this.#isReading = false;
    }
  }

  #deliverAll(entries: readonly E[]): void {
    for (const entry of entries) {
      this.#position = entry.id;
      if (!this.#isEnded && this.#log.matches(entry))
        this.#deliver(entry.text).catch(this.#log.failed);
    }
  }

  async #deliver(text: string): Promise<void> {
    this.#inProgress += 1;
    await this.#subscription.deliver(text);
    this.#inProgress -= 1;
    if (this.#isBehind && !this.#isReading) await this.#catchUp();
  }
}
