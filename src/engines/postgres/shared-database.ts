/** The connections of one provider, which its queues share: they are there while one of them is open. */
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
  readonly #address: DatabaseAddress;
  readonly #tables: 'make' | 'look';
  #current: SharedConnections | undefined;

  constructor(address: DatabaseAddress, tables: 'make' | 'look') {
    this.#address = address;
    this.#tables = tables;
  }

  /** @throws CarillonError (a rejection) `CAR7031` when the tables are not there, or are of another version */
  async open(watcher: Watcher): Promise<OpenDatabase> {
    const shared = this.#current ?? new SharedConnections(this.#address, this.#tables);
    this.#current = shared;
    shared.watchers.add(watcher);
    const close = async () => {
      shared.watchers.delete(watcher);
      if (shared.watchers.size > 0) return;
      if (this.#current === shared) this.#current = undefined;
      await shared.close();
    };
    try {
      await shared.ready;
    } catch (error) {
      if (this.#current === shared) this.#current = undefined;
      await close();
      throw error;
    }
    const { connections, listener, look, workers } = shared;
    return { connections, listener, look, workers, close };
  }
}

class SharedConnections {
  readonly watchers = new Set<Watcher>();
  readonly connections: Connections;
  readonly listener: QueueListener;
  readonly look: QueueLook;
  readonly workers: WorkerList;
  readonly ready: Promise<void>;

  constructor(address: DatabaseAddress, tables: 'make' | 'look') {
    this.connections = new Connections(address);
    this.listener = new QueueListener(this.connections, (error) => this.#failed(error));
    this.look = new QueueLook(this.connections.run, this.listener);
    this.workers = new WorkerList(this.connections.run);
    this.connections.onLoss((error) => this.#failed(error));
    this.ready = this.#prepare(tables);
  }

  close(): Promise<void> {
    this.listener.close();
    this.look.close();
    this.workers.close();
    return this.connections.close();
  }

  async #prepare(tables: 'make' | 'look'): Promise<void> {
    await this.connections.readCommitted();
    await prepareTables(this.connections.script(), tables);
  }

  /** One of the queues is enough to tell it. */
  #failed(error: unknown): void {
    const [first] = this.watchers;
    first?.(error);
  }
}
