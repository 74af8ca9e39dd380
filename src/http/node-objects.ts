/** Node's requests, responses and sockets as far as they matter here: those of every framework and of HTTP/2 fit. */

export interface ClosingSocket {
  readonly destroyed?: boolean;
  once(event: 'close', listener: () => void): unknown;
}

export interface NodeRequest {
  readonly socket?: ClosingSocket | null;
}

export interface NodeResponse {
  readonly destroyed?: boolean;
  readonly closed?: boolean;
  once(event: 'close', listener: () => void): unknown;
}
