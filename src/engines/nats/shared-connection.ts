/** The connection that the queues of one provider share: it is there while one of them is open. */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { realClock } from '../../dispatch/real-clock.js';
import { settledWithin } from '../../scope/deadline.js';
import { Shared } from '../shared.js';
import { type NatsOptions, openNats } from './nats-connection.js';

/** A queue that uses the connection. */
export interface ConnectionUser {
  /** Until {@link reconnected} nothing may be sent: the client would keep it. */
  disconnected(): void;
  reconnected(): void;
  /** Receives trouble of the connection, which one user is enough to tell. */
  failed(error: unknown): void;
}

/** What a queue gets. */
export interface OpenConnection {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Once; the last one closes the connection. */
  leave(): Promise<void>;
}

/** Milliseconds between two pings; after the second one without an answer the connection counts as lost. */
const PING = 10_000;

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

type Connected = Pick<OpenConnection, 'connection' | 'manager'>;

export class SharedConnection {
  readonly #options: NatsOptions;
  readonly #patience: number;
  readonly #shared = new Shared<ConnectionUser, Connected>(
    (users) => this.#connect(users),
    disconnect,
  );

  /** @param patience milliseconds */
  constructor(options: NatsOptions, patience: number) {
    this.#options = options;
    this.#patience = patience;
  }

  async join(user: ConnectionUser): Promise<OpenConnection> {
    const { opened, leave } = await this.#shared.join(user);
    return { ...opened, leave };
  }

  async #connect(users: ReadonlySet<ConnectionUser>): Promise<Connected> {
    const timeout = this.#patience;
    const { connection: more } = this.#options;
    const connection = await openNats(
      { ...this.#options, connection: { timeout, pingInterval: PING, ...more } },
      (error) => tellFirst(users, error),
    );
    try {
      const manager = await jetstreamManager(connection, { timeout });
      void watch(connection, users);
      return { connection, manager };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}

async function watch(
  connection: NatsConnection,
  users: ReadonlySet<ConnectionUser>,
): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect' || type === 'close') for (const user of users) user.disconnected();
    if (type === 'reconnect') for (const user of users) user.reconnected();
  }
}

function tellFirst([first]: Iterable<ConnectionUser>, error: unknown): void {
  first?.failed(error);
}

async function disconnect({ connection }: Connected): Promise<void> {
  // The last acknowledgements may still be on their way.
  await settledWithin(realClock, CLOSING, [connection.flush()]);
  await connection.close();
}
