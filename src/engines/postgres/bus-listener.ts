/** One connection that listens for new messages, reads them once for all subscribers of the process, and reconnects when it is lost. */
import type { Client } from 'pg';
import { BATCH, type EntryReader, type LogEntry } from '../log-reader.js';
import { pauseAfter, RECONNECT } from '../pauses.js';
import { BusLog, CHANNEL, RETURNED } from './bus-log.js';
import type { Connections } from './connections.js';
import { withoutSecrets } from './postgres-error.js';
import { sqlOf } from './run-sql.js';

export class BusListener {
  readonly #connections: Connections;
  readonly #poll: number;
  readonly #failed: (error: unknown) => void;
  readonly #readers = new Set<EntryReader<LogEntry>>();
  #opening: Promise<void> | undefined;
  #client: Client | undefined;
  #schema = '';
  /** The id of the last message that was read. */
  #position = '0';
  #isReading = false;
  #isBehind = false;
  #attempt = 0;
  #pollTimer: ReturnType<typeof setInterval> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(connections: Connections, poll: number, failed: (error: unknown) => void) {
    this.#connections = connections;
    this.#poll = poll;
    this.#failed = failed;
  }

  /** Resolves once the reader is notified of all that is published from now on. */
  async add(reader: EntryReader<LogEntry>): Promise<void> {
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    this.#readers.add(reader);
    // Finds the messages of the meantime.
    reader.wake([], '');
  }

  delete(reader: EntryReader<LogEntry>): void {
    this.#readers.delete(reader);
  }

  /** The connections of the bus are closed together. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pollTimer);
    clearTimeout(this.#retryTimer);
  }

  async #open(): Promise<void> {
    await this.#listen();
    // Detects a silent connection, which does not answer, and finds messages whose notification was lost.
    this.#pollTimer = setInterval(() => this.#catchUp(), this.#poll);
  }

  async #listen(): Promise<void> {
    const client = await this.#connections.listener(CHANNEL, (client) => {
      client.on('error', () => this.#lost(client));
      client.on('end', () => this.#lost(client));
      client.on('notification', ({ payload }) => this.#notified(payload));
    });
    try {
      await this.#find(client);
    } catch (error) {
      void client.end();
      throw withoutSecrets(error);
    }
    this.#client = client;
    this.#catchUp();
    for (const reader of this.#readers) reader.wake([], '');
  }

  /** Where it is, and what was the last message. */
  async #find(client: Client): Promise<void> {
    const { rows } = await client.query<{ schema: string }>('SELECT current_schema() AS schema');
    if (this.#isClosed) throw new Error('it was closed meanwhile');
    this.#schema = rows[0]?.schema ?? '';
    if (this.#position === '0') this.#position = await new BusLog(sqlOf(client)).last();
  }

  #notified(payload: string | undefined): void {
    if (payload === this.#schema) this.#catchUp();
    if (payload !== `${this.#schema} ${RETURNED}`) return;
    for (const reader of this.#readers) reader.wake([], '');
  }

  #catchUp(): void {
    this.#isBehind = true;
    if (!this.#isReading && this.#client !== undefined) void this.#read(this.#client);
  }

  async #read(client: Client): Promise<void> {
    const log = new BusLog(sqlOf(client));
    this.#isReading = true;
    try {
      while (this.#isBehind) {
        this.#isBehind = false;
        const entries = await log.read(this.#position);
        const before = this.#position;
        this.#position = entries.at(-1)?.id ?? before;
        this.#isBehind ||= entries.length === BATCH;
        if (entries.length > 0) for (const reader of this.#readers) reader.wake(entries, before);
      }
      this.#attempt = 0;
    } catch {
      // Whatever the error is, a new connection continues at the same position.
      void client.end();
      this.#lost(client);
    } finally {
      this.#isReading = false;
    }
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (this.#isClosed) return;
    this.#failed(new Error('the connection that listens was lost'));
    this.#retry();
  }

  #retry(): void {
    this.#attempt += 1;
    this.#retryTimer = setTimeout(
      () => {
        this.#listen().catch((error: unknown) => {
          if (this.#isClosed) return;
          this.#failed(error);
          this.#retry();
        });
      },
      pauseAfter(this.#attempt, RECONNECT),
    );
  }
}
