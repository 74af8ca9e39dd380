/** The connections of one provider, which its queues share: they are there while one of them is open. */
import { Shared } from '../shared.js';
import { Connections, type DatabaseAddress } from './connections.js';
import { prepareTables } from './migration.js';
import { QueueListener } from './queue-listener.js';
import { QueueLook } from './queue-look.js';
import { WorkerList } from './worker-list.js';

/** What a queue gets. */
export interface OpenDatabase {
  readonly connections: Connections;
  readonly listener: QueueListener;
  readonly look: QueueLook;
  readonly workers: WorkerList;
  /** Once; what is the last to close ends the connections. */
  close(): Promise<void>;
}

/** Receives trouble of the connections. */
export type Watcher = (error: unknown) => void;

export class SharedDatabase {
  readonly #shared: Shared<Watcher, SharedConnections>;

  constructor(address: DatabaseAddress, tables: 'make' | 'look') {
    this.#shared = new Shared(
      (watchers) => SharedConnections.open(address, tables, watchers),
      (connections) => connections.close(),
    );
  }

  /** @throws CarillonError (a rejection) `CAR7031` when the tables are not there, or are of another version */
  async open(watcher: Watcher): Promise<OpenDatabase> {
    const { opened, leave } = await this.#shared.join(watcher);
    const { connections, listener, look, workers } = opened;
    return { connections, listener, look, workers, close: leave };
  }
}

class SharedConnections {
  readonly connections: Connections;
  readonly listener: QueueListener;
  readonly look: QueueLook;
  readonly workers: WorkerList;

  private constructor(address: DatabaseAddress, failed: Watcher) {
    this.connections = new Connections(address);
    this.listener = new QueueListener(this.connections, failed);
    this.look = new QueueLook(this.connections.run, this.listener);
    this.workers = new WorkerList(this.connections.run);
    this.connections.onLoss(failed);
  }

  static async open(
    address: DatabaseAddress,
    tables: 'make' | 'look',
    watchers: Iterable<Watcher>,
  ): Promise<SharedConnections> {
    const opened = new SharedConnections(address, (error) => {
      // One of the queues is enough to tell it.
      const [first] = watchers;
      first?.(error);
    });
    try {
      await opened.connections.readCommitted();
      await prepareTables(opened.connections.script(), tables);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  close(): Promise<void> {
    this.listener.close();
    this.look.close();
    this.workers.close();
    return this.connections.close();
  }
}
