/** Fewer system calls: the client writes each message and each acknowledgement by itself. */
import type { Duplex } from 'node:stream';

/** From now on, what is written to the socket in one turn goes out together at its end. */
export function gatherWrites(socket: Duplex): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
}
