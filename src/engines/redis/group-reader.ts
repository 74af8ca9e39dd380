/** A member of a group: a consumer of a consumer group of the stream. */
import type { Redis } from 'ioredis';
import type { BusSubscription } from '../../bus/bus-transport.js';
import { topicFilter } from '../../events/topic-tree.js';
import type { EntryReader } from '../log-reader.js';
import { type Entry, entryFields, readEntries } from './stream-entry.js';

/** How members that died are noticed. */
export interface RedisGroupOptions {
  /** Milliseconds after which what a member has not confirmed is another's. */
  readonly leaseTime: number;
  /** How often a message is handed out before it is taken to be what kills its members. */
  readonly deliveries: number;
  failed(error: unknown): void;
}

/** So many messages are taken at once: few, so that the other members get theirs. */
const SHARE = 10;

type Pending = [id: string, consumer: string, idle: number, deliveries: number];

export class RedisGroupReader implements EntryReader<Entry> {
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #name: string;
  readonly #consumer: string;
  readonly #subscription: BusSubscription;
  readonly #care: RedisGroupOptions;
  readonly #hears: (topic: string) => boolean;
  readonly #undone = new Set<string>();
  #isReading = false;
  #isBehind = true;
  #ended = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #idle: (() => void) | undefined;

  constructor(
    redis: Redis,
    stream: string,
    consumer: string,
    subscription: BusSubscription,
    care: RedisGroupOptions,
  ) {
    this.#redis = redis;
    this.#stream = stream;
    this.#name = `${subscription.group} ${subscription.topic}`;
    this.#consumer = consumer;
    this.#subscription = subscription;
    this.#care = care;
    this.#hears = topicFilter(subscription.topic);
  }

  /** Resolves once the group is there; it outlives its members. */
  async open(): Promise<void> {
    await this.#create('$');
    this.#timer = setInterval(() => {
      this.#lookAfter().catch(this.#care.failed);
    }, this.#care.leaseTime / 3);
  }

  wake(): void {
    this.catchUp().catch(this.#care.failed);
  }

  async catchUp(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.#ended) {
        const room = this.#subscription.prefetch - this.#undone.size;
        if (room <= 0) return;
        this.#isBehind = false;
        const entries = await this.#read(Math.min(room, SHARE));
        if (entries.length > 0) this.#isBehind = true;
        await this.#take(entries);
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** Waits until what was handed out is confirmed or given back. */
  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    if (this.#undone.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    // Only one that has nothing pending: that would go with it.
    await this.#redis.xgroup('DELCONSUMER', this.#stream, this.#name, this.#consumer);
  }

  async #create(from: '$' | '0'): Promise<void> {
    try {
      await this.#redis.xgroup('CREATE', this.#stream, this.#name, from, 'MKSTREAM');
    } catch (error) {
      if (!(error as Error).message.startsWith('BUSYGROUP')) throw error;
    }
  }

  async #read(count: number): Promise<Entry[]> {
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

  async #take(entries: readonly Entry[]): Promise<void> {
    const passed: string[] = [];
    for (const entry of entries) {
      const { id, topic, group = this.#name } = entry;
      if (group === this.#name && this.#hears(topic)) this.#deliver(entry).catch(this.#care.failed);
      else passed.push(id);
    }
    if (passed.length > 0) await this.#redis.xack(this.#stream, this.#name, ...passed);
  }

  async #deliver({ id, topic, text }: Entry): Promise<void> {
    this.#undone.add(id);
    try {
      const taken = this.#ended ? 'returned' : await this.#subscription.deliver(text);
      const step = this.#redis.multi().xack(this.#stream, this.#name, id);
      if (taken === 'returned')
        step.xadd(this.#stream, '*', ...entryFields(topic, text, this.#name));
      await step.exec();
    } finally {
      this.#undone.delete(id);
      if (this.#undone.size === 0) this.#idle?.();
    }
    if (this.#isBehind && !this.#isReading) await this.catchUp();
  }

  /** Says that what is in work here still is, and takes over what was in work at a member that no longer says so. */
  async #lookAfter(): Promise<void> {
    const { leaseTime, deliveries, failed } = this.#care;
    const [stream, name] = [this.#stream, this.#name];
    const own = [...this.#undone];
    if (own.length > 0) await this.#redis.xclaim(stream, name, this.#consumer, 0, ...own, 'JUSTID');
    const room = Math.min(this.#subscription.prefetch - this.#undone.size, SHARE);
    if (room <= 0 || this.#ended) return;
    const pending = (await this.#redis.xpending(
      stream,
      name,
      'IDLE',
      leaseTime,
      '-',
      '+',
      room,
    )) as Pending[];
    const dead = pending.filter(([, , , count]) => count >= deliveries).map(([id]) => id);
    const alive = pending.filter(([, , , count]) => count < deliveries).map(([id]) => id);
    for (const id of dead)
      failed(
        new Error(
          `the message ${id} of group "${name}" was dropped: ${deliveries} members took it and none came back`,
        ),
      );
    if (dead.length > 0) await this.#redis.xack(stream, name, ...dead);
    if (alive.length === 0) return;
    const claimed = await this.#redis.xclaim(stream, name, this.#consumer, leaseTime, ...alive);
    await this.#take(
      readEntries((claimed as [string, string[] | null][]).filter((entry) => entry !== null)),
    );
  }
}

function entriesOf(reply: unknown): Entry[] {
  const [stream] = (reply ?? []) as [string, [string, string[] | null][]][];
  return stream === undefined ? [] : readEntries(stream[1]);
}
