/**
 * Queues in a SQLite file: durable, without a server.
 *
 * The driver is `libsql`. Its binaries are npm packages, one for each platform, built for Node-API: they need neither a compiler nor a
 * download, and load in every Node from 20 on. `better-sqlite3`, whose interface it has, downloads or compiles at its installation;
 * `node:sqlite` is not in Node 20.
 */
import Database from 'libsql';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type {
  ProviderContext,
  ProviderQueue,
  QueueCapabilities,
} from '../../queue/queue-provider.js';
import { checkPositive } from '../options.js';
import { SqliteFileQueue } from './file-queue.js';
import { prepareFile } from './schema.js';

/** Where the file is, and how it is worked on. */
export interface SqliteQueueOptions {
  /** The path of the file; it is made where there is none. Not on a network drive: its locks are of no use there. */
  readonly file: string;
  /** Milliseconds between two looks for what other processes have deferred. Default 50. */
  readonly poll?: number;
  /** Milliseconds after which what a worker has begun, and no longer tells of, is another's. Default 30000. */
  readonly leaseTime?: number;
  /** Milliseconds that a write waits for other processes. Default 5000. */
  readonly patience?: number;
  /** Milliseconds for which a message that is done is kept, with its status. Default 300000. */
  readonly keepDone?: number;
}

/** What a file can do. Transactions of the caller are missing: while one is open, no one else can write. */
export const SQLITE_QUEUE: QueueCapabilities = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  priority: true,
  orderingKey: 'everywhere',
  onRetry: ['block', 'pass'],
  rateLimit: true,
  dedup: true,
  ttl: true,
  cancel: true,
  reschedule: true,
  status: true,
  deadLetters: true,
  inbox: true,
});

/**
 * Keeps queues in a file. Several processes of one machine may work on it. `defer` resolves once the message is on the disk; what is
 * deferred in one turn is written at once.
 *
 * @throws CarillonError `CAR7030` for options that are wrong
 * @example
 * container.register(events({ queues: { mail: { provider: sqliteQueue({ file: 'queues.db' }) } } }));
 */
export function sqliteQueue(options: SqliteQueueOptions): QueueProvider {
  const { file, poll = 50, leaseTime = 30_000, patience = 5000, keepDone = 300_000 } = options;
  if (typeof file !== 'string' || file === '')
    throw optionError('file', file, 'the path of a file');
  checkPositive('CAR7030', 'sqliteQueue', { poll, leaseTime, patience });
  if (!(keepDone >= 0)) throw optionError('keepDone', keepDone, 'a number, 0 or more');
  return remoteQueue({
    name: 'sqlite',
    capabilities: SQLITE_QUEUE,
    async open(queue: string, context: ProviderContext): Promise<ProviderQueue> {
      const database = new Database(file, { timeout: patience });
      try {
        prepareFile(database);
        return new SqliteFileQueue(database, queue, context, { poll, lease: leaseTime, keepDone });
      } catch (error) {
        database.close();
        throw error;
      }
    },
  });
}

function optionError(option: string, value: unknown, wanted: string): CarillonError {
  return new CarillonError(
    'CAR7030',
    `sqliteQueue has ${option}: ${String(value)}. Give ${wanted}.`,
  );
}
