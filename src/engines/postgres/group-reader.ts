/** A member of a group on the bus: claims the messages that no other member has. */
import { isPattern } from '../../../decorators/topic-name.js';
import type { BusSubscription } from '../../bus/bus-transport.js';
import { topicFilter } from '../../events/topic-tree.js';
import { droppedMessageError, type GroupMemberOptions, MAX_DELIVERIES } from '../group-options.js';
import type { EntryReader, LogEntry } from '../log-reader.js';
import { CHANNEL, RETURNED } from './bus-log.js';
import { RequestBatch } from './request-batch.js';
import type { RunSql } from './run-sql.js';
import { NOW } from './schema.js';

/** A message as one group gets it. */
interface GroupMessage {
  readonly seq: string;
  readonly text: string;
  /** How often a member took it. */
  readonly given: number;
}

/** How many messages are claimed at once; each claim takes at most twice as many as the one before, so that the other members get their share. */
const SHARE = 64;

export class PostgresGroupReader implements EntryReader<LogEntry> {
  readonly #run: RunSql;
  readonly #subscription: BusSubscription;
  readonly #leaseTime: number;
  readonly #failed: (error: unknown) => void;
  readonly #name: string;
  readonly #owner = globalThis.crypto.randomUUID();
  readonly #matches: (topic: string) => boolean;
  readonly #acknowledgements: RequestBatch<string>;
  readonly #inProgress = new Set<Promise<void>>();
  #reading: Promise<void> | undefined;
  #isBehind = false;
  #isEnded = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    run: RunSql,
    subscription: BusSubscription,
    { leaseTime, failed }: GroupMemberOptions,
  ) {
    const { group, topic } = subscription;
    this.#run = run;
    this.#subscription = subscription;
    this.#leaseTime = Math.ceil(leaseTime);
    this.#failed = failed;
    this.#name = JSON.stringify([group, topic]);
    this.#matches = topicFilter(topic);
    this.#acknowledgements = new RequestBatch((messages) => this.#acknowledge(messages));
  }

  /** Resolves once the group exists; it outlives its members. */
  async open(): Promise<void> {
    await this.#join();
    this.#timer = setInterval(() => {
      this.#renew().catch(this.#failed);
    }, this.#leaseTime / 3);
  }

  wake(entries: readonly LogEntry[]): void {
    if (entries.length === 0 || entries.some(({ topic }) => this.#matches(topic))) this.#catchUp();
  }

  /** Waits until all messages in progress are acknowledged or returned. */
  async end(): Promise<void> {
    this.#isEnded = true;
    clearInterval(this.#timer);
    await this.#reading;
    await Promise.all(this.#inProgress);
  }

  #catchUp(): void {
    this.#isBehind = true;
    this.#reading ??= this.#claimAll()
      .catch(this.#failed)
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #claimAll(): Promise<void> {
    for (let share = 1; this.#isBehind && !this.#isEnded; share = Math.min(2 * share, SHARE)) {
      const room = Math.min(this.#subscription.prefetch - this.#inProgress.size, share);
      if (room <= 0) return;
      this.#isBehind = false;
      const messages = await this.#claim(room);
      if (messages.length > 0) this.#isBehind = true;
      for (const message of messages) this.#begin(message);
    }
  }

  #begin(message: GroupMessage): void {
    const done = this.#deliver(message)
      .catch(this.#failed)
      .finally(() => {
        this.#inProgress.delete(done);
        if (this.#isBehind) this.#catchUp();
      });
    this.#inProgress.add(done);
  }

  async #deliver({ seq, text, given }: GroupMessage): Promise<void> {
    if (given > MAX_DELIVERIES) {
      this.#failed(droppedMessageError(seq, this.#name));
      return this.#acknowledgements.add(seq);
    }
    const result = this.#isEnded ? 'returned' : await this.#subscription.deliver(text);
    await (result === 'returned' ? this.#giveBack(seq) : this.#acknowledgements.add(seq));
  }

  async #claim(count: number): Promise<GroupMessage[]> {
    const messages = await this.#run<GroupMessage>(
      `WITH free AS MATERIALIZED (
         SELECT seq FROM carillon_bus_copy WHERE group_name = $1 AND until <= ${NOW} ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED
       )
       UPDATE carillon_bus_copy AS copy SET owner = $3, until = ${NOW} + $4, given = given + 1
       FROM free JOIN carillon_bus_message AS message ON message.seq = free.seq
       WHERE copy.group_name = $1 AND copy.seq = free.seq
       RETURNING copy.seq, copy.given, message.event AS text`,
      [this.#name, count, this.#owner, this.#leaseTime],
    );
    return messages.sort((a, b) => Number(a.seq) - Number(b.seq));
  }

  async #acknowledge(messages: readonly string[]): Promise<void> {
    const sql =
      'DELETE FROM carillon_bus_copy WHERE group_name = $1 AND owner = $2 AND seq = ANY ($3::bigint[])';
    await this.#run(sql, [this.#name, this.#owner, messages]);
  }

  async #giveBack(seq: string): Promise<void> {
    await this.#run(
      `WITH back AS (
         UPDATE carillon_bus_copy SET owner = NULL, until = 0, given = given - 1 WHERE group_name = $1 AND owner = $2 AND seq = $3
       )
       SELECT pg_notify('${CHANNEL}', current_schema() || ' ${RETURNED}')`,
      [this.#name, this.#owner, seq],
    );
  }

  async #join(): Promise<void> {
    const { topic } = this.#subscription;
    await this.#run(
      `INSERT INTO carillon_bus_group (name, topic, matches, seen) VALUES ($1, $2, $3, ${NOW})
       ON CONFLICT (name) DO UPDATE SET seen = excluded.seen`,
      [this.#name, topic, isPattern(topic) ? regularExpressionOf(topic) : null],
    );
  }

  /** Keeps the group and the claims on the messages in progress here, and takes over those of members that no longer do so. */
  async #renew(): Promise<void> {
    await this.#join();
    const sql = `UPDATE carillon_bus_copy SET until = ${NOW} + $3 WHERE group_name = $1 AND owner = $2`;
    if (this.#inProgress.size > 0) await this.#run(sql, [this.#name, this.#owner, this.#leaseTime]);
    this.#catchUp();
  }
}

/** For topics with a dot at the end, so that each segment is followed by one. */
function regularExpressionOf(pattern: string): string {
  const segments = pattern.split('.').map((segment) => {
    if (segment === '**') return '([^.]+[.])*';
    return segment === '*' ? '[^.]+[.]' : `${segment.replace(/[!-/:-@[-`{-~]/g, '\\$&')}[.]`;
  });
  return `^${segments.join('')}$`;
}
