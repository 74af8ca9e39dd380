/**
 * Queues in a SQLite file: durable, without a server.
 *
 * The driver is `libsql`. Its binaries are npm packages, one for each platform, built for Node-API: they need neither a compiler nor a
 * download, and load in every Node from 20 on. `better-sqlite3`, whose interface it has, downloads or compiles at its installation;
 * `node:sqlite` is not in Node 20.
 */
import { checkOptions, needed, type OptionShape } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import { queueCapabilities } from '../../queue/capabilities.js';
import { remoteQueue } from '../../queue/engine/remote-queue.js';
import type { QueueProvider } from '../../queue/queue-options.js';
import type {
  ProviderContext,
  ProviderQueue,
  QueueCapabilities,
} from '../../queue/queue-provider.js';
import { engineTime } from '../options.js';
import { SqliteFileQueue } from './file-queue.js';
import { filePath, openFile } from './open-file.js';
import { SharedFile } from './shared-file.js';

/** How queues use a file. */
export interface SqliteQueueOptions {
  /**
   * The path of the file, which is created if it does not exist. It is for queues only, and must not be on a network drive, where locks do not
   * work reliably.
   */
  readonly file: string;
  /** The time between two checks for messages that other processes have deferred. Default `'50ms'`. */
  readonly poll?: Duration;
  /** How long a message stays with a worker that has stopped renewing it. Default `'30s'`. */
  readonly leaseTime?: Duration;
  /** How long a write waits for other processes before it is rejected with `CAR5018`; the event loop goes on. Default `'5s'`. */
  readonly patience?: Duration;
  /** How long a message that is done is kept with its status. Default `'5m'`. */
  readonly keepDone?: Duration;
}

const QUEUE: OptionShape<SqliteQueueOptions> = /* @__PURE__ */ (() => ({
  file: needed(filePath()),
  poll: engineTime(),
  leaseTime: duration({ above: 0 }),
  patience: engineTime(),
  keepDone: duration(),
}))();

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
  presence: true,
});

/**
 * Queues in a file, which several processes of one machine may share. `defer` resolves once the message is on the disk; all messages that are
 * deferred in one turn of the event loop are written together.
 *
 * @throws CarillonError `CAR7030` for options that are not valid
 * @example
 * container.register(events({ queues: { mail: { provider: sqliteQueue({ file: 'queues.db' }) } } }));
 */
export function sqliteQueue(options: SqliteQueueOptions): QueueProvider {
  checkOptions('CAR7030', 'sqliteQueue()', QUEUE, options);
  const { file, poll = 50, leaseTime = 30_000, patience = 5000, keepDone = 300_000 } = options;
  const times = {
    poll: milliseconds(poll),
    lease: milliseconds(leaseTime),
    keepDone: milliseconds(keepDone),
    patience: milliseconds(patience),
  };
  const shared = new SharedFile({ path: file, ...times });
  return remoteQueue({
    name: 'sqlite',
    capabilities: SQLITE_QUEUE,
    async open(queue: string, context: ProviderContext): Promise<ProviderQueue> {
      const opened = await openFile(file, {
        queue,
        clock: context.clock,
        patience: times.patience,
      });
      return new SqliteFileQueue({ opened, shared, queue, context, times });
    },
  });
}
