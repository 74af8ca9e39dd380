/** Removes what the tests of queues leave in engines that have no folder to delete. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import pg from 'pg';

/** Every stream whose name begins with that. */
export async function removeStreams(prefix: string, port = 4222): Promise<void> {
  const connection = await connect({ servers: `127.0.0.1:${port}` });
  const manager = await jetstreamManager(connection);
  const found: string[] = [];
  // The server counts from its first name on: what is deleted meanwhile would have others left out.
  for await (const name of manager.streams.names()) if (name.startsWith(prefix)) found.push(name);
  await Promise.all(found.map((name) => manager.streams.delete(name)));
  await connection.close();
}

/** Every key that begins with that. */
export async function removeKeys(prefix: string, port = 6379): Promise<void> {
  const redis = new Redis(port);
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}

/** Runs one statement of the administrator of PostgreSQL. */
export async function administer(sql: string, port = 5432): Promise<void> {
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${port}/test` });
  await client.connect();
  await client.query(sql);
  await client.end();
}
