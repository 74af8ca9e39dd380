/**
 * Queues in PostgreSQL, in tables of our own with `pg` alone. The contract needs ordering keys, and lets a failed attempt decide when the
 * next one is due; `pg-boss` has neither.
 */
import type { PoolConfig } from 'pg';
import { checkOptions, needed, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { address, clientOptions, engineTime } from '../options.js';
import { Connections } from './connections.js';
import { DatabaseQueue } from './database-queue.js';
import { TABLES } from './schema.js';

/** How queues use PostgreSQL. */
export interface PostgresQueueOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Further options of the client, such as TLS or a `search_path` in its `options`. */
  readonly connection?: PoolConfig;
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
  connection: clientOptions(),
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
});

/**
 * Queues in PostgreSQL 12 or newer. `events.within(tx).defer(…)` stores a message in a transaction of the caller, which may be one of a client
 * of `pg`, of Kysely or of TypeORM (its `EntityManager`).
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: postgresQueue({ url: 'postgres://127.0.0.1/shop' }) } } }));
 */
export function postgresQueue(options: PostgresQueueOptions): QueueProvider {
  checkOptions('CAR7030', 'postgresQueue()', QUEUE, options);
  const {
    url,
    connection,
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
  const config = {
    ...connection,
    connectionString: url,
    connectionTimeoutMillis: milliseconds(patience),
    query_timeout: milliseconds(patience),
  };
  return remoteQueue({
    name: 'postgres',
    capabilities: POSTGRES_QUEUE,
    async open(queue, context) {
      const connections = new Connections(config);
      const pool = connections.pool();
      try {
        await pool.query(TABLES);
        return new DatabaseQueue({ connections, pool, queue, context, times });
      } catch (error) {
        await connections.close([pool.end()]);
        throw error;
      }
    },
  });
}
