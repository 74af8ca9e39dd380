/** One connection on which the server tells of new messages, for all queues of a provider. It is replaced when it is lost. */
import type { Client } from 'pg';
import { pauseAfter, RECONNECT } from '../pauses.js';
import type { Connections } from './connections.js';

export class QueueListener {
  readonly #connections: Connections;
  readonly #failed: (error: unknown) => void;
  /** What to do when a queue has something new. */
  readonly #wakers = new Map<string, Set<() => void>>();
  #opening: Promise<void> | undefined;
  #client: Client | undefined;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** @param failed receives the loss of the connection, once until it is back */
  constructor(connections: Connections, failed: (error: unknown) => void) {
    this.#connections = connections;
    this.#failed = failed;
  }

  /** Resolves once the queue is listened to; gives what ends that. */
  async add(queue: string, wake: () => void): Promise<() => void> {
    this.#opening ??= this.#listen();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    const wakers = this.#wakers.get(queue) ?? new Set();
    this.#wakers.set(queue, wakers.add(wake));
    return () => {
      wakers.delete(wake);
      if (wakers.size === 0 && this.#wakers.get(queue) === wakers) this.#wakers.delete(queue);
    };
  }

  /** Those that are listened to. */
  get queues(): readonly string[] {
    return [...this.#wakers.keys()];
  }

  /** A queue may have something new. */
  wake(queue: string): void {
    for (const wake of this.#wakers.get(queue) ?? []) wake();
  }

  wakeAll(): void {
    for (const queue of this.queues) this.wake(queue);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #listen(): Promise<void> {
    const client = await this.#connections.listener('carillon', (client) => {
      client.on('error', (error) => this.#lost(client, error));
      client.on('end', () => this.#lost(client, new Error('the connection has ended')));
      client.on('notification', ({ payload = '' }) => this.wake(payload));
    });
    this.#client = client;
    this.#attempt = 0;
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (this.#isClosed) return;
    this.#failed(error);
    this.#retry();
  }

  #retry(): void {
    this.#attempt += 1;
    this.#timer = setTimeout(
      () => {
        this.#listen().then(
          // Something may have come in the meantime.
          () => this.wakeAll(),
          () => {
            if (!this.#isClosed) this.#retry();
          },
        );
      },
      pauseAfter(this.#attempt, RECONNECT),
    );
  }
}
