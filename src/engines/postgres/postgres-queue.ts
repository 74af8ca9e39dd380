/**
 * Queues in PostgreSQL, in tables of our own with `pg` alone. The contract needs ordering keys, and lets a failed attempt decide when the
 * next one is due; `pg-boss` has neither.
 */
import type { PoolConfig } from 'pg';
import { checkOptions, flag, needed, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { address, clientOptions, engineTime } from '../options.js';
import { DatabaseQueue } from './database-queue.js';
import { JoinedTransaction } from './joined-transaction.js';
import { SharedDatabase } from './shared-database.js';

/** How queues use PostgreSQL. */
export interface PostgresQueueOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /**
   * Where the connection goes that listens for new messages. It must reach the database itself: a pooler does not forward notifications in its
   * transaction mode. Default `url`.
   */
  readonly listenUrl?: string;
  /**
   * Further options of the client, such as TLS, a `search_path` in its `options`, or `max`, how many connections all queues of the provider
   * share beside the one that listens. Default 10 connections.
   */
  readonly connection?: PoolConfig;
  /**
   * Whether statements are prepared once for each connection. `false` for a pooler in transaction mode, such as PgBouncer; then no `statement_timeout`
   * is set either, so set one for the role. Default `true`.
   */
  readonly prepare?: boolean;
  /** Whether a start makes the tables where they are missing. With `false`, `migrate()` has to be run before. Default `true`. */
  readonly migrate?: boolean;
  /** The time between two checks for messages whose notification was lost. Default `'1s'`. */
  readonly poll?: Duration;
  /** How long a message stays with a worker that has stopped renewing it. Default `'30s'`. */
  readonly leaseTime?: Duration;
  /** How long a statement waits for its answer. Default `'5s'`. */
  readonly patience?: Duration;
  /** How long the status of a message that is done is kept. Default `'5m'`. */
  readonly keepDone?: Duration;
}

const QUEUE: OptionShape<PostgresQueueOptions> = /* @__PURE__ */ (() => ({
  url: needed(address('postgres://127.0.0.1/shop')),
  listenUrl: address('postgres://127.0.0.1/shop'),
  connection: clientOptions(),
  prepare: flag(),
  migrate: flag(),
  poll: engineTime(),
  leaseTime: duration({ above: 0 }),
  patience: engineTime(),
  keepDone: duration({ above: 0 }),
}))();

/** What PostgreSQL can do. */
export const POSTGRES_QUEUE: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  priority: true,
  orderingKey: 'everywhere',
  onRetry: ['block', 'pass'],
  dedup: true,
  ttl: true,
  cancel: true,
  reschedule: true,
  status: true,
  deadLetters: true,
  inbox: true,
  transactions: true,
  presence: true,
});

/**
 * Queues in PostgreSQL 12 or newer. `events.within(tx).defer(…)` stores a message in a transaction of the caller, which may be one of a client
 * of `pg`, of Kysely, of Drizzle, of Knex, of TypeORM or of MikroORM (their `EntityManager`), or an object with `query(sql, values)`.
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: postgresQueue({ url: 'postgres://127.0.0.1/shop' }) } } }));
 */
export function postgresQueue(options: PostgresQueueOptions): QueueProvider {
  checkOptions('CAR7030', 'postgresQueue()', QUEUE, options);
  const {
    url,
    listenUrl,
    connection,
    prepare,
    migrate = true,
    poll = 1000,
    leaseTime = 30_000,
    patience = 5000,
    keepDone = 300_000,
  } = options;
  const times = {
    poll: milliseconds(poll),
    lease: milliseconds(leaseTime),
    keepDone: milliseconds(keepDone),
  };
  const address = { url, listenUrl, connection, prepare, patience: milliseconds(patience) };
  const shared = new SharedDatabase(address, migrate ? 'make' : 'look');
  return remoteQueue({
    name: 'postgres',
    capabilities: POSTGRES_QUEUE,
    join: (transaction) => new JoinedTransaction(transaction),
    async open(queue, context) {
      let opened: DatabaseQueue | undefined;
      const database = await shared.open((cause) => opened?.lost(cause));
      opened = new DatabaseQueue({ database, queue, context, times });
      return opened;
    },
  });
}
