/** Node's requests, responses and sockets as far as they matter here: those of every framework and of HTTP/2 fit. */

export interface ClosingSocket {
  readonly destroyed?: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** What `carillon/http` asks of a request of Node.js: `http.IncomingMessage` has it. */
export interface NodeRequest {
  readonly socket?: ClosingSocket | null;
}

/** What `carillon/http` asks of a response of Node.js: `http.ServerResponse` has it. */
export interface NodeResponse {
  readonly destroyed?: boolean;
  readonly closed?: boolean;
  on(event: 'close', listener: () => void): unknown;
}
