/** A member of a group: a consumer of a consumer group of the stream. */
import type { Redis } from 'ioredis';
import type { BusSubscription } from '../../bus/bus-transport.js';
import { topicFilter } from '../../events/topic-tree.js';
import { droppedMessageError, type GroupMemberOptions, MAX_DELIVERIES } from '../group-options.js';
import type { EntryReader } from '../log-reader.js';
import { entryFields, readEntries, type StreamEntry } from './stream-entry.js';

/** Where a member reads. */
export interface RedisGroupOptions extends GroupMemberOptions {
  readonly redis: Redis;
  /** The key of the stream. */
  readonly stream: string;
  /** The name of this process in all of its groups. */
  readonly consumer: string;
}

/** How many messages are read at once: few, so that the other members get their share. */
const SHARE = 10;

/** A row of the reply to XPENDING. */
type PendingEntry = [id: string, consumer: string, idle: number, deliveries: number];

export class RedisGroupReader implements EntryReader<StreamEntry> {
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #name: string;
  readonly #consumer: string;
  readonly #subscription: BusSubscription;
  readonly #matches: (topic: string) => boolean;
  readonly #leaseTime: number;
  readonly #failed: (error: unknown) => void;
  /** The ids of the messages that are in progress. */
  readonly #inProgress = new Set<string>();
  #isReading = false;
  #isBehind = true;
  #isEnded = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #idle: (() => void) | undefined;

  constructor(subscription: BusSubscription, options: RedisGroupOptions) {
    const { redis, stream, consumer, leaseTime, failed } = options;
    this.#redis = redis;
    this.#stream = stream;
    this.#name = `${subscription.group} ${subscription.topic}`;
    this.#consumer = consumer;
    this.#subscription = subscription;
    this.#leaseTime = leaseTime;
    this.#failed = failed;
    this.#matches = topicFilter(subscription.topic);
  }

  /** Resolves once the group exists; it outlives its members. */
  async open(): Promise<void> {
    await this.#create('$');
    this.#timer = setInterval(() => {
      this.#checkGroup().catch(this.#failed);
    }, this.#leaseTime / 3);
  }

  wake(): void {
    this.catchUp().catch(this.#failed);
  }

  async catchUp(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.#isEnded) {
        const room = this.#subscription.prefetch - this.#inProgress.size;
        if (room <= 0) return;
        this.#isBehind = false;
        const entries = await this.#read(Math.min(room, SHARE));
        if (entries.length > 0) this.#isBehind = true;
        await this.#deliverAll(entries);
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** Waits until all messages in progress are acknowledged or returned. */
  async end(): Promise<void> {
    this.#isEnded = true;
    clearInterval(this.#timer);
    if (this.#inProgress.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    // With its pending messages, if it had any, those would be deleted too.
    await this.#redis.xgroup('DELCONSUMER', this.#stream, this.#name, this.#consumer);
  }

  async #create(from: '$' | '0'): Promise<void> {
    try {
      await this.#redis.xgroup('CREATE', this.#stream, this.#name, from, 'MKSTREAM');
    } catch (error) {
      if (!(error as Error).message.startsWith('BUSYGROUP')) throw error;
    }
  }

  async #read(count: number): Promise<StreamEntry[]> {
    const read = () =>
      this.#redis.xreadgroup(
        'GROUP',
        this.#name,
        this.#consumer,
        'COUNT',
        count,
        'STREAMS',
        this.#stream,
        '>',
      );
    let reply: unknown;
    try {
      reply = await read();
    } catch (error) {
      if (!(error as Error).message.startsWith('NOGROUP')) throw error;
      // The engine lost its data: everything in the new stream is new.
      await this.#create('0');
      reply = await read();
    }
    return entriesOf(reply);
  }

  async #deliverAll(entries: readonly StreamEntry[]): Promise<void> {
    const skipped: string[] = [];
    for (const entry of entries) {
      const { id, topic, group = this.#name } = entry;
      if (group === this.#name && this.#matches(topic)) this.#deliver(entry).catch(this.#failed);
      else skipped.push(id);
    }
    if (skipped.length > 0) await this.#redis.xack(this.#stream, this.#name, ...skipped);
  }

  async #deliver({ id, topic, text }: StreamEntry): Promise<void> {
    this.#inProgress.add(id);
    try {
      const result = this.#isEnded ? 'returned' : await this.#subscription.deliver(text);
      const step = this.#redis.multi().xack(this.#stream, this.#name, id);
      if (result === 'returned')
        step.xadd(this.#stream, '*', ...entryFields(topic, text, this.#name));
      await step.exec();
    } finally {
      this.#inProgress.delete(id);
      if (this.#inProgress.size === 0) this.#idle?.();
    }
    if (this.#isBehind && !this.#isReading) await this.catchUp();
  }

  /** Extends the claims on the messages in progress here, and takes over those of members that no longer do so. */
  async #checkGroup(): Promise<void> {
    const [stream, name] = [this.#stream, this.#name];
    const own = [...this.#inProgress];
    if (own.length > 0) await this.#redis.xclaim(stream, name, this.#consumer, 0, ...own, 'JUSTID');
    const room = Math.min(this.#subscription.prefetch - this.#inProgress.size, SHARE);
    if (room <= 0 || this.#isEnded) return;
    const pending = await this.#abandoned(room);
    await this.#drop(pending.filter(([, , , deliveries]) => deliveries >= MAX_DELIVERIES));
    await this.#takeOver(pending.filter(([, , , deliveries]) => deliveries < MAX_DELIVERIES));
  }

  async #abandoned(count: number): Promise<PendingEntry[]> {
    const idle = ['IDLE', this.#leaseTime] as const;
    const pending = await this.#redis.xpending(this.#stream, this.#name, ...idle, '-', '+', count);
    return pending as PendingEntry[];
  }

  async #drop(pending: readonly PendingEntry[]): Promise<void> {
    if (pending.length === 0) return;
    const ids = pending.map(([id]) => id);
    for (const id of ids) this.#failed(droppedMessageError(id, `"${this.#name}"`));
    await this.#redis.xack(this.#stream, this.#name, ...ids);
  }

  async #takeOver(pending: readonly PendingEntry[]): Promise<void> {
    if (pending.length === 0) return;
    const ids = pending.map(([id]) => id);
    const claimed = await this.#redis.xclaim(
      this.#stream,
      this.#name,
      this.#consumer,
      this.#leaseTime,
      ...ids,
    );
    await this.#deliverAll(
      readEntries((claimed as [string, string[] | null][]).filter((entry) => entry !== null)),
    );
  }
}

/** A reply that covers one stream, or none. */
function entriesOf(reply: unknown): StreamEntry[] {
  const [stream] = (reply ?? []) as [string, [string, string[] | null][]][];
  return stream === undefined ? [] : readEntries(stream[1]);
}
