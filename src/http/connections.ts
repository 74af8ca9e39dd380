/** The scope of a connection: a WebSocket, a socket of Socket.IO, an upgraded socket. */
import { isThenable } from '../events/is-thenable.js';
import { hiddenField } from '../scope/hidden-field.js';
import { countName } from './count-name.js';
import { type LiveScope, type LiveScopes, listenerError } from './live-scopes.js';

/** A socket that tells when it is closed. */
export interface Connection {
  once(event: 'close' | 'disconnect', listener: () => void): unknown;
}

/** The scopes of the connections that have one. */
export class Connections<Opened extends object> {
  readonly #scopes: LiveScopes<Opened>;
  readonly #bySocket = hiddenField<LiveScope<Opened>>();
  #count = 0;

  constructor(scopes: LiveScopes<Opened>) {
    this.#scopes = scopes;
  }

  /** A listener that runs in the scope of the socket. What it throws is reported. */
  listener<Args extends readonly unknown[]>(
    socket: Connection,
    handle: (container: Opened, ...args: Args) => unknown,
  ): (...args: Args) => void {
    const live = this.open(socket);
    let isTold = false;
    return (...args) => {
      // What comes after the end of its scope is told once.
      if (live.scope.state !== 'open') {
        if (isTold) return;
        isTold = true;
      }
      const failed = (error: unknown) =>
        live.scope.runtime.report(listenerError('A listener', live.scope.name, error));
      try {
        const result = live.run('message', () => handle(live.container, ...args));
        if (isThenable(result)) result.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    };
  }

  /** The scope of the socket, if it has one. */
  of(socket: Connection): LiveScope<Opened> | undefined {
    return this.#bySocket.of(socket);
  }

  /** The scope of the socket: opened now, unless it has one. It ends with the socket. */
  open(socket: Connection): LiveScope<Opened> {
    const known = this.#bySocket.of(socket);
    if (known !== undefined) return known;
    this.#count += 1;
    // A socket may be open for days, and tells when it is closed.
    const live = this.#scopes.open(countName('connection', this.#count), Number.POSITIVE_INFINITY);
    this.#bySocket.set(socket, live);
    if (isClosed(socket)) live.close();
    else socket.once(isSocketIo(socket) ? 'disconnect' : 'close', () => live.close());
    return live;
  }
}

/** There, `'close'` may be an event that the client has sent. */
function isSocketIo(socket: Connection): boolean {
  return 'handshake' in socket;
}

function isClosed(socket: Connection): boolean {
  const { connected, destroyed, readyState } = socket as {
    readonly connected?: unknown;
    readonly destroyed?: unknown;
    readonly readyState?: unknown;
  };
  const isLeft = isSocketIo(socket) && connected === false;
  return isLeft || destroyed === true || readyState === CLOSED;
}

/** Of a WebSocket. */
const CLOSED = 3;
