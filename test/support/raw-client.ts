/** A client of HTTP/1 that sends what it is told, byte by byte, and can leave at any time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class RawClient {
  #received = '';
  readonly #waiting: { readonly pattern: RegExp; readonly resolve: (text: string) => void }[] = [];

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.#received += chunk.toString();
      this.#look();
    });
    // To leave is the purpose.
    socket.on('error', () => undefined);
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...lines: readonly string[]): void {
    this.socket.write(lines.join('\r\n'));
  }

  /** Sends a whole request without a body. */
  get(path: string, method = 'GET'): void {
    this.send(`${method} ${path} HTTP/1.1`, 'host: here', '', '');
  }

  /** Resolves with what came up to and with the pattern, which is taken out. */
  receive(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push({ pattern, resolve });
      this.#look();
    });
  }

  /** The client is gone at once. */
  leave(): void {
    this.socket.destroy();
  }

  #look(): void {
    for (;;) {
      const [first] = this.#waiting;
      const found = first?.pattern.exec(this.#received);
      if (first === undefined || !found) return;
      const end = found.index + found[0].length;
      this.#waiting.shift();
      first.resolve(this.#received.slice(0, end));
      this.#received = this.#received.slice(end);
    }
  }
}
