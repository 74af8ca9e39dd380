/** The bus in PostgreSQL: a table of messages, `NOTIFY` to announce them, and a table of copies for groups. */
import type { PoolConfig } from 'pg';
import { flag, needed, type OptionShape } from '../../../decorators/check-options.js';
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
import { prepareTables } from './migration.js';
import { PostgresError } from './postgres-error.js';
import { RequestBatch } from './request-batch.js';

/** How the bus uses PostgreSQL. */
export interface PostgresBusOptions extends RemoteBusOptions {
  /** `postgres://user:password@host:port/database`. Applications in different schemas are separate. */
  readonly url: string;
  /**
   * Where the connection goes that listens for new messages. It must reach the database itself: a pooler does not forward notifications in its
   * transaction mode. Default `url`.
   */
  readonly listenUrl?: string;
  /**
   * Further options of the client, such as TLS, a `search_path` in its `options`, or `max`, the number of connections beside the one that listens.
   * Default 4 connections.
   */
  readonly connection?: PoolConfig;
  /**
   * Whether statements are prepared once for each connection. `false` for a pooler in transaction mode, such as PgBouncer; then no `statement_timeout`
   * is set either, so set one for the role. Default `true`.
   */
  readonly prepare?: boolean;
  /** Whether a start makes the tables where they are missing. With `false`, `migrate()` has to be run before. Default `true`. */
  readonly migrate?: boolean;
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
  listenUrl: address('postgres://127.0.0.1/shop'),
  connection: clientOptions(),
  prepare: flag(),
  migrate: flag(),
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
  readonly #log: BusLog;
  readonly #publishing: RequestBatch<BusMessage>;
  readonly #listener: BusListener;
  #failed: (error: unknown) => void = () => undefined;
  #sweeping: ReturnType<typeof setInterval> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresBusOptions) {
    const { url, listenUrl, connection, prepare } = options;
    const patience = milliseconds(options.patience ?? 5000);
    const poll = milliseconds(options.poll ?? 5000);
    this.#options = options;
    this.#connections = new Connections({
      url,
      listenUrl,
      connection: { max: CONNECTIONS, ...connection },
      patience,
      prepare,
    });
    this.#log = new BusLog(this.#connections.run);
    this.#publishing = new RequestBatch((messages) => this.#log.publish(messages));
    this.#listener = new BusListener(this.#connections, poll, (error) => this.#failed(error));
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    const retention = milliseconds(this.#options.retention ?? 3_600_000);
    this.#failed = (error) => {
      if (this.#closing === undefined) failed(error);
    };
    this.#connections.onLoss(this.#failed);
    await prepareTables(
      this.#connections.script(),
      this.#options.migrate === false ? 'look' : 'make',
    );
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
    try {
      await this.#publishing.add(message);
    } catch (error) {
      if (!(error instanceof PostgresError) || error.effect === 'unknown') throw error;
      throw notAccepted('postgres', `the message ${message.id} of ${message.topic}`, error);
    }
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
    this.#listener.close();
    await this.#connections.close();
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
    const reader = new PostgresGroupReader(this.#connections.run, subscription, {
      leaseTime,
      failed: this.#failed,
    });
    await reader.open();
    return reader;
  }
}
