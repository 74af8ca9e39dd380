/** The bus on a stream of Redis: consumer groups for groups, a position in the stream for each subscriber without one. */
import type { Redis } from 'ioredis';
import { name, type OptionShape, whole } from '../../../decorators/check-options.js';
import type { Duration } from '../../../decorators/duration.js';
import type { BusProvider } from '../../bus/bus-backend.js';
import type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportWatcher,
} from '../../bus/bus-transport.js';
import { REMOTE_BUS, type RemoteBusOptions } from '../../bus/remote-bus.js';
import { topicFilter } from '../../events/topic-tree.js';
import { engineBus } from '../engine-bus.js';
import { BATCH, type EntryReader, LogReader } from '../log-reader.js';
import { engineTime, wholeMilliseconds } from '../options.js';
import { RedisGroupReader } from './group-reader.js';
import {
  connectRedis,
  disconnectAll,
  REDIS,
  type RedisOptions,
  redisClient,
} from './redis-connection.js';
import { explainConnection, StatesOnce, safeError } from './redis-trouble.js';
import { entryFields, readEntries, type StreamEntry } from './stream-entry.js';

/** How the bus uses Redis. */
export interface RedisBusOptions extends RedisOptions, RemoteBusOptions {
  /** The key of the stream. Default `'carillon:bus'`. */
  readonly stream?: string;
  /** About how many messages the stream keeps; a subscriber that is further behind misses what is older. Default 100,000. */
  readonly maxLength?: number;
  /** How long a message stays with a member of a group that has not acknowledged it. Default `'30s'`. */
  readonly leaseTime?: Duration;
}

const BUS: OptionShape<RedisBusOptions> = /* @__PURE__ */ (() => ({
  ...REDIS,
  ...REMOTE_BUS,
  stream: name(),
  maxLength: whole({ least: 1 }),
  leaseTime: engineTime(),
}))();

/** What Redis can do with a stream. */
export const REDIS_BUS: BusCapabilities = {
  groups: true,
  whenFull: ['wait', 'drop-oldest', 'drop-newest'],
  keepsForAbsent: true,
  redelivers: true,
};

/** Milliseconds for which the server blocks a read; its empty answer shows that the connection is alive. */
const BLOCK = 5000;

/**
 * A bus on one stream of Redis 5 or newer. A publish resolves once the stream has the message. Groups outlive their members, which find
 * the messages of the meantime.
 *
 * @throws CarillonError `CAR7022` for options that are not valid
 * @example
 * container.register(events({ bus: redisBus({ url: 'redis://127.0.0.1:6379' }) }));
 */
export function redisBus(options: RedisBusOptions = {}): BusProvider {
  return engineBus(
    { name: 'redis', capabilities: REDIS_BUS, shape: BUS, Transport: RedisBusTransport },
    options,
  );
}

/** Two connections: one for commands, and one on which the server announces new entries. */
export class RedisBusTransport implements BusTransport {
  readonly name = 'redis';
  readonly capabilities = REDIS_BUS;
  readonly #options: RedisBusOptions;
  readonly #stream: string;
  readonly #consumer = globalThis.crypto.randomUUID();
  readonly #readers = new Set<EntryReader<StreamEntry>>();
  #commands: Redis | undefined;
  #listener: Redis | undefined;
  #failed: (error: unknown) => void = () => undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #isConnected = false;
  #isClosed = false;

  constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#stream = options.stream ?? 'carillon:bus';
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    const states = new StatesOnce();
    this.#failed = (error) => {
      if (!this.#isClosed && this.#isConnected && states.isNew(error)) failed(safeError(error));
    };
    this.#commands = redisClient(this.#options, this.#failed);
    this.#listener = redisClient(this.#options, this.#failed);
    this.#commands.on('ready', () => states.recovered());
    await Promise.all([connectBus(this.#commands), connectBus(this.#listener)]);
    this.#isConnected = true;
    void this.#follow(this.#listener, await this.#last(this.#commands));
  }

  async publish({ topic, text }: BusMessage): Promise<void> {
    const { maxLength = 100_000 } = this.#options;
    try {
      const fields = entryFields(topic, text);
      await this.#connected().xadd(this.#stream, 'MAXLEN', '~', maxLength, '*', ...fields);
    } catch (error) {
      // That of the client shows what was published.
      throw safeError(error);
    }
  }

  async subscribe(subscription: BusSubscription): Promise<EndSubscription> {
    const redis = this.#connected();
    const reader = await (subscription.group === undefined
      ? this.#openStream(redis, subscription)
      : this.#openGroup(redis, subscription));
    this.#readers.add(reader);
    // Finds the entries of the meantime; later ones are announced.
    reader.wake([], '');
    return async () => {
      await reader.end();
      this.#readers.delete(reader);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#watchdog);
    await disconnectAll([this.#commands, this.#listener].filter((client) => client !== undefined));
  }

  async #openStream(
    redis: Redis,
    subscription: BusSubscription,
  ): Promise<EntryReader<StreamEntry>> {
    const matches = topicFilter(subscription.topic);
    return new LogReader(subscription, await this.#last(redis), {
      read: async (after, count) =>
        readEntries(await redis.xrange(this.#stream, `(${after}`, '+', 'COUNT', count)),
      matches: ({ topic, group }) => group === undefined && matches(topic),
      failed: this.#failed,
    });
  }

  async #openGroup(redis: Redis, subscription: BusSubscription): Promise<EntryReader<StreamEntry>> {
    const reader = new RedisGroupReader(subscription, {
      redis,
      stream: this.#stream,
      consumer: this.#consumer,
      leaseTime: wholeMilliseconds(this.#options.leaseTime ?? 30_000),
      failed: this.#failed,
    });
    await reader.open();
    return reader;
  }

  /** The id of the newest entry. */
  async #last(redis: Redis): Promise<string> {
    const [newest] = await redis.xrevrange(this.#stream, '+', '-', 'COUNT', 1);
    return newest?.[0] ?? '0-0';
  }

  /** Notifies the readers of new entries until the connection is closed. */
  async #follow(listener: Redis, from: string): Promise<void> {
    let last = from;
    while (!this.#isClosed) {
      // A silent connection does not even answer when the block time is over: it is replaced.
      this.#watchdog = setTimeout(() => listener.disconnect(true), 3 * BLOCK);
      try {
        const reply = await listener.xread(
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
        // The client is reconnecting; until then each attempt would fail at once.
        if (!this.#isClosed) await new Promise((resolve) => setTimeout(resolve, 100));
      } finally {
        clearTimeout(this.#watchdog);
      }
    }
  }

  #connected(): Redis {
    if (this.#commands === undefined || this.#isClosed) throw new Error('it is not connected');
    return this.#commands;
  }
}

/** @throws Error (a rejection) that says why */
async function connectBus(client: Redis): Promise<void> {
  try {
    await connectRedis(client);
  } catch (error) {
    throw new Error(explainConnection(error), { cause: error });
  }
  const info = await client.info();
  if (/^cluster_enabled:1/m.test(info)) {
    client.disconnect();
    throw new Error(
      'Its server is one of a Redis Cluster. Give the bus a server of its own, or a group with sentinels.',
    );
  }
}
