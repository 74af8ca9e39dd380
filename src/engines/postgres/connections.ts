/** Connections to one database that can be cut off: the client itself waits for the server to close them. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';

export class Connections {
  readonly #config: pg.PoolConfig;
  readonly #sockets = new Set<Duplex>();

  constructor(config: pg.PoolConfig) {
    this.#config = { ...config, stream: () => this.#kept(config.stream?.() ?? new Socket()) };
  }

  client(): pg.Client {
    return new pg.Client(this.#config);
  }

  pool(): pg.Pool {
    const pool = new pg.Pool(this.#config);
    // A connection that is lost in use rejects its query; without a listener it would end the process as well.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }

  /** Half a second for the ends that are under way; what is open then is cut off. */
  async close(ends: readonly Promise<void>[]): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 500);
    });
    await Promise.race([Promise.allSettled(ends), late]);
    clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #kept(socket: Duplex): Duplex {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
