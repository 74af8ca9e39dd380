/**
 * Queues in PostgreSQL, in tables of our own with `pg` alone. The contract needs ordering keys, and lets a failed attempt decide when the
 * next one is due; `pg-boss` has neither.
 */
import type { PoolConfig } from 'pg';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type { QueueCapabilities } from '../../queue/queue-provider.js';
import { checkPositive } from '../options.js';
import { Connections } from './connections.js';
import { DatabaseQueue } from './database-queue.js';
import { TABLES } from './schema.js';

/** Where the database is, and how it is worked on. */
export interface PostgresQueueOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Whatever else the client takes: TLS, a `search_path` in its `options`. */
  readonly connection?: PoolConfig;
  /** Milliseconds between two looks, where nothing was notified. Default 1000. */
  readonly poll?: number;
  /** Milliseconds after which what a worker has begun, and no longer tells of, is another's. Default 30000. */
  readonly leaseTime?: number;
  /** Milliseconds that a statement waits for its answer. Default 5000. */
  readonly patience?: number;
  /** Milliseconds for which the status of a message that is done is kept. Default 300000. */
  readonly keepDone?: number;
}

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
 * Keeps queues in PostgreSQL 12 or newer. `events.within(tx).defer(…)` stores a message in a transaction of the caller's: of a client of `pg`, of Kysely,
 * or of TypeORM (its `EntityManager`).
 *
 * @throws CarillonError `CAR7030` for options that are wrong
 * @example
 * container.register(events({ queues: { mail: { provider: postgresQueue({ url: 'postgres://127.0.0.1/shop' }) } } }));
 */
export function postgresQueue(options: PostgresQueueOptions): QueueProvider {
  const {
    url,
    connection,
    poll = 1000,
    leaseTime = 30_000,
    patience = 5000,
    keepDone = 300_000,
  } = options;
  if (typeof url !== 'string' || url === '') {
    throw new CarillonError(
      'CAR7030',
      `postgresQueue has url: ${String(url)}. Give the address of a database.`,
    );
  }
  checkPositive('CAR7030', 'postgresQueue', { poll, leaseTime, patience, keepDone });
  const config = {
    ...connection,
    connectionString: url,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  };
  return remoteQueue({
    name: 'postgres',
    capabilities: POSTGRES_QUEUE,
    async open(queue, context) {
      const connections = new Connections(config);
      const pool = connections.pool();
      try {
        await pool.query(TABLES);
        const times = { poll, lease: leaseTime, keepDone };
        return new DatabaseQueue({ connections, pool, queue, context, times });
      } catch (error) {
        await connections.close([pool.end()]);
        throw error;
      }
    },
  });
}
