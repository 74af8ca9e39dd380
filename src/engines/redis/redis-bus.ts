/** The bus on a stream of Redis: consumer groups for groups, a place in the stream for each subscriber without one. */
import type { Redis } from 'ioredis';
import type { BusProvider } from '../../bus/bus-backend.js';
import type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportWatcher,
} from '../../bus/bus-transport.js';
import { type RemoteBusOptions, remoteBus } from '../../bus/remote-bus.js';
import { topicFilter } from '../../events/topic-tree.js';
import { BATCH, type EntryReader, LogReader } from '../log-reader.js';
import { checkPositive } from '../options.js';
import { RedisGroupReader } from './group-reader.js';
import { disconnectAll, type RedisOptions, redisClient } from './redis-connection.js';
import { type Entry, entryFields, readEntries } from './stream-entry.js';

/** How the bus uses Redis. */
export interface RedisBusOptions extends RedisOptions, RemoteBusOptions {
  /** The key of the stream. Default `'carillon:bus'`. */
  readonly stream?: string;
  /** About how many messages the stream keeps; a subscriber that is further behind misses what is older. Default 100000. */
  readonly maxLength?: number;
  /** Milliseconds after which what a member of a group has not confirmed is another's. Default 30000. */
  readonly leaseTime?: number;
}

/** What Redis can do with a stream. */
export const REDIS_BUS: BusCapabilities = {
  groups: true,
  whenFull: ['wait', 'drop-oldest', 'drop-newest'],
  keepsForAbsent: true,
  redelivers: true,
};

/** Milliseconds for which the server holds a read back; then the client knows that the connection lives. */
const BLOCK = 5000;

/** A message that so many members of a group took, and none confirmed, is dropped. */
const DELIVERIES = 5;

/**
 * A bus on one stream of Redis 5 or newer. A publish resolves once the stream has it. Groups outlive their members, who find what came
 * meanwhile.
 *
 * @throws CarillonError `CAR7022` for options that are wrong
 * @example
 * container.register(events({ bus: redisBus({ url: 'redis://127.0.0.1:6379' }) }));
 */
export function redisBus(options: RedisBusOptions = {}): BusProvider {
  const { maxLength, leaseTime } = options;
  checkPositive('CAR7022', 'The bus on redis', {
    maxLength: maxLength ?? 1,
    leaseTime: leaseTime ?? 1,
  });
  return remoteBus(
    { name: 'redis', capabilities: REDIS_BUS, connect: () => new RedisBusTransport(options) },
    options,
  );
}

/** Two connections: one for commands, and one on which the server tells of new entries. */
export class RedisBusTransport implements BusTransport {
  readonly name = 'redis';
  readonly capabilities = REDIS_BUS;
  readonly #options: RedisBusOptions;
  readonly #stream: string;
  readonly #consumer = globalThis.crypto.randomUUID();
  readonly #readers = new Set<EntryReader<Entry>>();
  #commands: Redis | undefined;
  #news: Redis | undefined;
  #failed: (error: unknown) => void = () => undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#stream = options.stream ?? 'carillon:bus';
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    this.#failed = (error) => {
      if (!this.#closed) failed(error);
    };
    this.#commands = redisClient(this.#options, this.#failed);
    this.#news = redisClient(this.#options, this.#failed);
    await Promise.all([this.#commands.connect(), this.#news.connect()]);
    void this.#follow(this.#news, await this.#last(this.#commands));
  }

  async publish({ topic, text }: BusMessage): Promise<void> {
    const { maxLength = 100_000 } = this.#options;
    await this.#opened().xadd(
      this.#stream,
      'MAXLEN',
      '~',
      maxLength,
      '*',
      ...entryFields(topic, text),
    );
  }

  async subscribe(subscription: BusSubscription): Promise<EndSubscription> {
    const redis = this.#opened();
    const reader = await (subscription.group === undefined
      ? this.#openStream(redis, subscription)
      : this.#openGroup(redis, subscription));
    this.#readers.add(reader);
    // What came between is found now, and what comes from now on is told.
    reader.wake([], '');
    return async () => {
      await reader.end();
      this.#readers.delete(reader);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#watchdog);
    await disconnectAll([this.#commands, this.#news].filter((client) => client !== undefined));
  }

  async #openStream(redis: Redis, subscription: BusSubscription): Promise<EntryReader<Entry>> {
    const hears = topicFilter(subscription.topic);
    return new LogReader(subscription, await this.#last(redis), {
      read: async (after, count) =>
        readEntries(await redis.xrange(this.#stream, `(${after}`, '+', 'COUNT', count)),
      hears: ({ topic, group }) => group === undefined && hears(topic),
      failed: this.#failed,
    });
  }

  async #openGroup(redis: Redis, subscription: BusSubscription): Promise<EntryReader<Entry>> {
    const { leaseTime = 30_000 } = this.#options;
    const care = { leaseTime, deliveries: DELIVERIES, failed: this.#failed };
    const reader = new RedisGroupReader(redis, this.#stream, this.#consumer, subscription, care);
    await reader.open();
    return reader;
  }

  /** The id of the newest entry. */
  async #last(redis: Redis): Promise<string> {
    const [newest] = await redis.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
    return newest?.[0] ?? '0-0';
  }

  /** Tells every reader of what comes, for as long as the connection is not closed. */
  async #follow(news: Redis, from: string): Promise<void> {
    let last = from;
    while (!this.#closed) {
      // A connection that went silent says nothing when its time is over: it is made anew.
      this.#watchdog = setTimeout(() => news.disconnect(true), 3 * BLOCK);
      try {
        const reply = await news.xread(
          'COUNT',
          BATCH,
          'BLOCK',
          BLOCK,
          'STREAMS',
          this.#stream,
          last,
        );
        const entries = readEntries(reply?.[0]?.[1] ?? []);
        const before = last;
        last = entries.at(-1)?.id ?? last;
        if (entries.length > 0) for (const reader of this.#readers) reader.wake(entries, before);
      } catch (error) {
        this.#failed(error);
        // The client is on its way back; until then each attempt would fail at once.
        if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, 100));
      } finally {
        clearTimeout(this.#watchdog);
      }
    }
  }

  #opened(): Redis {
    if (this.#commands === undefined || this.#closed) throw new Error('it is not connected');
    return this.#commands;
  }
}
