/** The bus in PostgreSQL: a table of messages, `NOTIFY` to announce them, and a table of copies for groups. */
import type { Pool, PoolConfig } from 'pg';
import { needed, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import type { BusProvider } from '../../bus/bus-backend.js';
import { notAccepted } from '../../bus/bus-error.js';
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
import { LogReader } from '../log-reader.js';
import { address, clientOptions, engineTime } from '../options.js';
import { BusListener } from './bus-listener.js';
import { BusLog } from './bus-log.js';
import { Connections } from './connections.js';
import { PostgresGroupReader } from './group-reader.js';
import { RequestBatch } from './request-batch.js';
import { type RunSql, sqlOf } from './run-sql.js';
import { BUS_TABLES } from './schema.js';

/** How the bus uses PostgreSQL. */
export interface PostgresBusOptions extends RemoteBusOptions {
  /** `postgres://user:password@host:port/database`. Applications in different schemas are separate. */
  readonly url: string;
  /** Further options of the client, such as TLS, a `search_path` in its `options` or the number of connections. */
  readonly connection?: PoolConfig;
  /** How long a message is kept; a subscriber that is further behind misses what is older. Default `'1h'`. */
  readonly retention?: Duration;
  /** How long a message stays with a member of a group that has not acknowledged it. Default `'30s'`. */
  readonly leaseTime?: Duration;
  /** The time between two checks for messages whose notification was lost. Default `'5s'`. */
  readonly poll?: Duration;
  /** How long a statement waits for its answer. Default `'5s'`. */
  readonly patience?: Duration;
}

const BUS: OptionShape<PostgresBusOptions> = /* @__PURE__ */ (() => ({
  ...REMOTE_BUS,
  url: needed(address('postgres://127.0.0.1/shop')),
  connection: clientOptions(),
  retention: duration({ above: 0 }),
  leaseTime: engineTime(),
  poll: engineTime(),
  patience: engineTime(),
}))();

/** What PostgreSQL can do with tables. */
export const POSTGRES_BUS: BusCapabilities = {
  groups: true,
  whenFull: ['wait', 'drop-oldest', 'drop-newest'],
  keepsForAbsent: true,
  redelivers: true,
};

/** How many there are beside the one that listens. */
const CONNECTIONS = 4;

/** The longest time between two deletions of old messages, in milliseconds. */
const SWEEP = 60_000;

/**
 * A bus in PostgreSQL 12 or newer. A publish resolves once the message is committed. Groups outlive their members, which find the
 * messages of the meantime.
 *
 * @throws CarillonError `CAR7022` for options that are not valid
 * @example
 * container.register(events({ bus: postgresBus({ url: 'postgres://127.0.0.1/shop' }) }));
 */
export function postgresBus(options: PostgresBusOptions): BusProvider {
  return engineBus(
    { name: 'postgres', capabilities: POSTGRES_BUS, shape: BUS, Transport: PostgresBusTransport },
    options,
  );
}

/** A few connections for statements, and one on which the server announces new messages. */
export class PostgresBusTransport implements BusTransport {
  readonly name = 'postgres';
  readonly capabilities = POSTGRES_BUS;
  readonly #options: PostgresBusOptions;
  readonly #connections: Connections;
  readonly #pool: Pool;
  readonly #run: RunSql;
  readonly #log: BusLog;
  readonly #publishing: RequestBatch<BusMessage>;
  readonly #listener: BusListener;
  #failed: (error: unknown) => void = () => undefined;
  #sweeping: ReturnType<typeof setInterval> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresBusOptions) {
    const { url, connection } = options;
    const patience = milliseconds(options.patience ?? 5000);
    const poll = milliseconds(options.poll ?? 5000);
    const times = { connectionTimeoutMillis: patience, query_timeout: patience };
    this.#options = options;
    this.#connections = new Connections({
      max: CONNECTIONS,
      ...connection,
      connectionString: url,
      ...times,
    });
    this.#pool = this.#connections.pool();
    this.#run = sqlOf(this.#pool);
    this.#log = new BusLog(this.#run);
    this.#publishing = new RequestBatch((messages) => this.#log.publish(messages));
    this.#listener = new BusListener(this.#connections, poll, (error) => this.#failed(error));
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    const retention = milliseconds(this.#options.retention ?? 3_600_000);
    this.#failed = (error) => {
      if (this.#closing === undefined) failed(error);
    };
    this.#pool.on('error', this.#failed);
    await this.#pool.query(BUS_TABLES);
    if (this.#closing !== undefined) throw new Error('it was closed meanwhile');
    this.#sweeping = setInterval(
      () => {
        this.#log.sweep(retention).catch(this.#failed);
      },
      Math.min(retention / 4, SWEEP),
    );
  }

  async publish(message: BusMessage): Promise<void> {
    if (message.topic.includes('\0'))
      throw notAccepted(
        'postgres',
        'a message',
        new Error('it takes no topic with a U+0000 in it'),
      );
    await this.#publishing.add(message);
  }

  async subscribe(subscription: BusSubscription): Promise<EndSubscription> {
    const reader = await (subscription.group === undefined
      ? this.#openLog(subscription)
      : this.#openGroup(subscription));
    try {
      await this.#listener.add(reader);
    } catch (error) {
      await reader.end();
      throw error;
    }
    return async () => {
      this.#listener.delete(reader);
      await reader.end();
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#connections.close([this.#listener.close(), this.#pool.end()]);
  }

  async #openLog(subscription: BusSubscription) {
    const matches = topicFilter(subscription.topic);
    return new LogReader(subscription, await this.#log.last(), {
      read: (after, count) => this.#log.read(after, count),
      matches: ({ topic }) => matches(topic),
      failed: this.#failed,
    });
  }

  async #openGroup(subscription: BusSubscription) {
    const leaseTime = milliseconds(this.#options.leaseTime ?? 30_000);
    const reader = new PostgresGroupReader(this.#run, subscription, {
      leaseTime,
      failed: this.#failed,
    });
    await reader.open();
    return reader;
  }
}
