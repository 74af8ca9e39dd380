/** A member of a group: takes copies of messages that no other member has. */
import { isPattern } from '../../../decorators/topic-name.js';
import type { BusSubscription, TransportResult } from '../../bus/bus-transport.js';
import { topicFilter } from '../../events/topic-tree.js';
import type { EntryReader, LogEntry } from '../log-reader.js';
import { CHANNEL, RETURNED } from './bus-log.js';
import { RequestBatch } from './request-batch.js';
import type { RunSql } from './run-sql.js';
import { NOW } from './schema.js';

/** How members that died are noticed. */
export interface PostgresGroupOptions {
  /** Milliseconds after which what a member has not confirmed is another's. */
  readonly leaseTime: number;
  /** How often a message is handed out before it is taken to be what kills its members. */
  readonly deliveries: number;
  failed(error: unknown): void;
}

interface Copy {
  readonly seq: string;
  readonly text: string;
  readonly given: number;
}

/** So many messages are taken at once, and half of those before: the other members are to get theirs, of few as of many. */
const SHARE = 64;

export class PostgresGroupReader implements EntryReader<LogEntry> {
  readonly #run: RunSql;
  readonly #subscription: BusSubscription;
  readonly #care: PostgresGroupOptions;
  readonly #name: string;
  readonly #owner = globalThis.crypto.randomUUID();
  readonly #hears: (topic: string) => boolean;
  readonly #done: RequestBatch<string>;
  readonly #undone = new Set<Promise<void>>();
  #reading: Promise<void> | undefined;
  #isBehind = false;
  #ended = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(run: RunSql, subscription: BusSubscription, care: PostgresGroupOptions) {
    const { group, topic } = subscription;
    this.#run = run;
    this.#subscription = subscription;
    this.#care = care;
    this.#name = JSON.stringify([group, topic]);
    this.#hears = topicFilter(topic);
    this.#done = new RequestBatch((copies) => this.#forget(copies));
  }

  /** Resolves once the group is there; it outlives its members. */
  async open(): Promise<void> {
    await this.#join();
    this.#timer = setInterval(() => {
      this.#lookAfter().catch(this.#care.failed);
    }, this.#care.leaseTime / 3);
  }

  wake(entries: readonly LogEntry[]): void {
    if (entries.length === 0 || entries.some(({ topic }) => this.#hears(topic))) this.#catchUp();
  }

  /** Waits until what was handed out is confirmed or given back. */
  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#reading;
    await Promise.all(this.#undone);
  }

  #catchUp(): void {
    this.#isBehind = true;
    this.#reading ??= this.#claimAll()
      .catch(this.#care.failed)
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #claimAll(): Promise<void> {
    for (let share = 1; this.#isBehind && !this.#ended; share = Math.min(2 * share, SHARE)) {
      const room = Math.min(this.#subscription.prefetch - this.#undone.size, share);
      if (room <= 0) return;
      this.#isBehind = false;
      const copies = await this.#claim(room);
      if (copies.length > 0) this.#isBehind = true;
      for (const copy of copies) this.#begin(copy);
    }
  }

  #begin(copy: Copy): void {
    const done = this.#deliver(copy)
      .catch(this.#care.failed)
      .finally(() => {
        this.#undone.delete(done);
        if (this.#isBehind) this.#catchUp();
      });
    this.#undone.add(done);
  }

  async #deliver({ seq, text, given }: Copy): Promise<void> {
    const { deliveries, failed } = this.#care;
    if (given > deliveries) {
      failed(
        new Error(
          `the message ${seq} of group ${this.#name} was dropped: ${deliveries} members took it and none came back`,
        ),
      );
      return this.#done.add(seq);
    }
    const taken: TransportResult = this.#ended
      ? 'returned'
      : await this.#subscription.deliver(text);
    await (taken === 'returned' ? this.#giveBack(seq) : this.#done.add(seq));
  }

  async #claim(count: number): Promise<Copy[]> {
    const copies = await this.#run<Copy>(
      `WITH free AS MATERIALIZED (
         SELECT seq FROM carillon_bus_copy WHERE group_name = $1 AND until <= ${NOW} ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED
       )
       UPDATE carillon_bus_copy AS copy SET owner = $3, until = ${NOW} + $4, given = given + 1
       FROM free JOIN carillon_bus_message AS message ON message.seq = free.seq
       WHERE copy.group_name = $1 AND copy.seq = free.seq
       RETURNING copy.seq, copy.given, message.event AS text`,
      [this.#name, count, this.#owner, this.#lease],
    );
    return copies.sort((a, b) => Number(a.seq) - Number(b.seq));
  }

  async #forget(copies: readonly string[]): Promise<void> {
    const sql =
      'DELETE FROM carillon_bus_copy WHERE group_name = $1 AND owner = $2 AND seq = ANY ($3::bigint[])';
    await this.#run(sql, [this.#name, this.#owner, copies]);
  }

  async #giveBack(copy: string): Promise<void> {
    await this.#run(
      `WITH back AS (
         UPDATE carillon_bus_copy SET owner = NULL, until = 0, given = given - 1 WHERE group_name = $1 AND owner = $2 AND seq = $3
       )
       SELECT pg_notify('${CHANNEL}', current_schema() || ' ${RETURNED}')`,
      [this.#name, this.#owner, copy],
    );
  }

  async #join(): Promise<void> {
    const { topic } = this.#subscription;
    await this.#run(
      `INSERT INTO carillon_bus_group (name, topic, matches, seen) VALUES ($1, $2, $3, ${NOW})
       ON CONFLICT (name) DO UPDATE SET seen = excluded.seen`,
      [this.#name, topic, isPattern(topic) ? expressionOf(topic) : null],
    );
  }

  /** Says that it is there and what is in work here still is, and takes over what was in work at a member that no longer says so. */
  async #lookAfter(): Promise<void> {
    await this.#join();
    const sql = `UPDATE carillon_bus_copy SET until = ${NOW} + $3 WHERE group_name = $1 AND owner = $2`;
    if (this.#undone.size > 0) await this.#run(sql, [this.#name, this.#owner, this.#lease]);
    this.#catchUp();
  }

  get #lease(): number {
    return Math.ceil(this.#care.leaseTime);
  }
}

/** Of topics that end with a dot: each segment is followed by one. */
function expressionOf(pattern: string): string {
  const segments = pattern.split('.').map((segment) => {
    if (segment === '**') return '([^.]+[.])*';
    return segment === '*' ? '[^.]+[.]' : `${segment.replace(/[!-/:-@[-`{-~]/g, '\\$&')}[.]`;
  });
  return `^${segments.join('')}$`;
}
