/** Connections to one database that can be closed by force: the client alone would wait for the server. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { realClock } from '../../dispatch/real-clock.js';
import { settledWithin } from '../../scope/deadline.js';

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

export class Connections {
  readonly #config: pg.PoolConfig;
  readonly #sockets = new Set<Duplex>();

  constructor(config: pg.PoolConfig) {
    this.#config = { ...config, stream: () => this.#track(config.stream?.() ?? new Socket()) };
  }

  client(): pg.Client {
    return new pg.Client(this.#config);
  }

  pool(): pg.Pool {
    const pool = new pg.Pool(this.#config);
    // A connection that is lost rejects its query; without a listener its error would also end the process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }

  /** Waits half a second at most for the given ends, then destroys the sockets that are still open. */
  async close(ends: readonly Promise<void>[]): Promise<void> {
    await settledWithin(realClock, CLOSING, ends);
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Duplex): Duplex {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
