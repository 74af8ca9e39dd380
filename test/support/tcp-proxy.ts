/** A TCP proxy between a client and its engine, which a test makes fail. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './own-server.js';

export class TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #delay = 0;
  #silent = false;

  private constructor(
    target: { readonly host: string; readonly port: number },
    readonly port: number,
  ) {
    this.#target = target;
  }

  /** Listens on a free port of the loopback. */
  static async to(port: number, host = '127.0.0.1'): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host, port }, await freePort());
    await proxy.#listen();
    return proxy;
  }

  /** How many connections of clients are open. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Breaks every connection and refuses new ones until {@link mend}. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) =>
      server === undefined ? resolve() : server.close(() => resolve()),
    );
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }

  /** Keeps every connection open and lets nothing through, until {@link mend}. */
  async silence(): Promise<void> {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Delays everything that passes by so many milliseconds. */
  async slow(milliseconds: number): Promise<void> {
    this.#delay = milliseconds;
  }

  async mend(): Promise<void> {
    this.#silent = false;
    this.#delay = 0;
    for (const socket of this.#sockets) socket.resume();
    if (this.#server === undefined) await this.#listen();
  }

  async close(): Promise<void> {
    await this.cut();
  }

  #listen(): Promise<void> {
    const server = createServer((client) => this.#connect(client));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  #connect(client: Socket): void {
    const engine = createConnection(this.#target);
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      this.#sockets.add(from);
      if (this.#silent) from.pause();
      from.on('data', (chunk) => this.#pass(chunk, to));
      // Whatever happens to one side happens to the other.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  #pass(chunk: Buffer, to: Socket): void {
    if (this.#delay === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.#delay);
  }
}
