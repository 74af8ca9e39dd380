/** A prefix of its own in NATS, so that nothing of any other measurement is in it. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

export const NATS_PORT = 4222;

export function natsSpace() {
  const servers = `127.0.0.1:${NATS_PORT}`;
  const prefix = `bench-${crypto.randomUUID()}`;
  return {
    servers,
    prefix,
    clear: async () => {
      const connection = await connect({ servers });
      const manager = await jetstreamManager(connection);
      const found = [];
      for await (const name of manager.streams.names())
        if (name.startsWith(prefix)) found.push(name);
      for (const name of found) await manager.streams.delete(name);
      await connection.close();
    },
  };
}
