/** A subscriber without a group, where the bus is a log: reads it from where it was when it subscribed. */
import type { BusSubscription } from '../bus/bus-transport.js';

/** A message in the log. */
export interface LogEntry {
  readonly id: string;
  readonly topic: string;
  readonly text: string;
}

/** Told of new entries. */
export interface EntryReader<E extends LogEntry> {
  /** @param before the last entry before these; what is no id at all has it look by itself */
  wake(entries: readonly E[], before: string): void;
  end(): Promise<void>;
}

/** Where the entries are. */
export interface Log<E extends LogEntry> {
  /** At most so many, those after that one, in order. */
  read(after: string, count: number): Promise<readonly E[]>;
  hears(entry: E): boolean;
  failed(error: unknown): void;
}

/** So many entries are read at once. */
export const BATCH = 100;

export class LogReader<E extends LogEntry> implements EntryReader<E> {
  readonly #subscription: BusSubscription;
  readonly #log: Log<E>;
  /** The last entry that was looked at. */
  #position: string;
  #undone = 0;
  #isReading = false;
  #isBehind = true;
  #ended = false;

  constructor(subscription: BusSubscription, position: string, log: Log<E>) {
    this.#subscription = subscription;
    this.#position = position;
    this.#log = log;
  }

  wake(entries: readonly E[], before: string): void {
    const hasRoom = this.#undone + entries.length <= this.#subscription.prefetch;
    if (!this.#isReading && hasRoom && this.#position === before) this.#take(entries);
    else this.#catchUp().catch(this.#log.failed);
  }

  async end(): Promise<void> {
    this.#ended = true;
  }

  async #catchUp(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.#ended) {
        const room = this.#subscription.prefetch - this.#undone;
        if (room <= 0) return;
        this.#isBehind = false;
        const entries = await this.#log.read(this.#position, Math.min(room, BATCH));
        if (entries.length > 0) this.#isBehind = true;
        this.#take(entries);
      }
    } finally {
      this.#isReading = false;
    }
  }

  #take(entries: readonly E[]): void {
    for (const entry of entries) {
      this.#position = entry.id;
      if (!this.#ended && this.#log.hears(entry)) this.#deliver(entry.text).catch(this.#log.failed);
    }
  }

  async #deliver(text: string): Promise<void> {
    this.#undone += 1;
    await this.#subscription.deliver(text);
    this.#undone -= 1;
    if (this.#isBehind && !this.#isReading) await this.#catchUp();
  }
}
