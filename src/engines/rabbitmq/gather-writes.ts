/** Fewer system calls: the client writes each message and each acknowledgement by itself. */

/** What is needed of a socket. */
export interface CorkedSocket {
  readonly writableCorked: number;
  cork(): void;
  uncork(): void;
  write(...args: unknown[]): boolean;
}

/** From now on, what is written to the socket in one turn goes out together at its end. */
export function gatherWrites(socket: CorkedSocket): void {
  const write = socket.write.bind(socket);
  socket.write = (...args) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
}
