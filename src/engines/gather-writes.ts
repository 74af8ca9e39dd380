/** Saves system calls: the client writes each message and each acknowledgement on its own. */

/** The part of a socket that is used. */
export interface CorkedSocket {
  readonly writableCorked: number;
  cork(): void;
  uncork(): void;
  write(...args: unknown[]): boolean;
}

/** Makes the socket send everything that is written in one turn of the event loop together, at the end of the turn. */
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
