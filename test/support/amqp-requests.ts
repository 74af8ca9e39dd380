/** Counts what a client of AMQP 0-9-1 asks its server for. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './own-server.js';

/** The methods that are counted by name, by their class and their number. */
const METHODS: Readonly<Record<string, string>> = {
  '20.10': 'channel.open',
  '20.40': 'channel.close',
  '50.10': 'queue.declare',
  '60.10': 'basic.qos',
  '60.20': 'basic.consume',
  '85.10': 'confirm.select',
};

/** The bytes before the first frame: the name and the version of the protocol. */
const GREETING = 8;

/** The bytes of a frame beside its payload: type, channel, size; and its end. */
const [HEAD, END] = [7, 1];

const METHOD_FRAME = 1;

export class AmqpRequests {
  readonly #counts = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(
    target: number,
    readonly port: number,
  ) {
    this.#server = createServer((client) => {
      const engine = createConnection(target, '127.0.0.1');
      const read = this.#reader();
      client.on('data', read);
      client.pipe(engine).pipe(client);
      for (const socket of [client, engine]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
      }
    });
  }

  /** Stands between a client and the server with this port, on a port of its own. */
  static async to(target: number): Promise<AmqpRequests> {
    const requests = new AmqpRequests(target, await freePort());
    await new Promise<void>((resolve) => {
      requests.#server.listen(requests.port, '127.0.0.1', resolve);
    });
    return requests;
  }

  /** How many there were of each method that is counted. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #reader(): (chunk: Buffer) => void {
    let unread = Buffer.alloc(0);
    let isGreeted = false;
    return (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      if (!isGreeted && unread.length >= GREETING) {
        unread = unread.subarray(GREETING);
        isGreeted = true;
      }
      while (isGreeted && unread.length >= HEAD) {
        const length = HEAD + unread.readUInt32BE(3) + END;
        if (unread.length < length) return;
        this.#count(unread.subarray(0, length));
        unread = unread.subarray(length);
      }
    };
  }

  #count(frame: Buffer): void {
    if (frame[0] !== METHOD_FRAME) return;
    const name = METHODS[`${frame.readUInt16BE(HEAD)}.${frame.readUInt16BE(HEAD + 2)}`];
    if (name !== undefined) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
