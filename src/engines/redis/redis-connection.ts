/** A connection to Redis that comes back by itself, for as long as it is not closed. */
import { type RedisOptions as ClientOptions, Redis } from 'ioredis';

/** Where Redis is. */
export interface RedisOptions {
  /** `redis://user:password@host:port/database`. Default `'redis://127.0.0.1:6379'`. */
  readonly url?: string;
  /** Whatever else the client takes: TLS, sentinels, its name. */
  readonly connection?: ClientOptions;
}

/** Milliseconds for which a server may say good-bye; then the connection is cut. */
const DISCONNECT = 200;

/**
 * A client that is to be connected; from then on it connects again without end, and keeps commands until it has.
 *
 * @param failed told of what no caller hears
 */
export function redisClient(
  { url = 'redis://127.0.0.1:6379', connection }: RedisOptions,
  failed: (error: unknown) => void,
  more: ClientOptions = {},
): Redis {
  const redis = new Redis(url, {
    ...connection,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    disconnectTimeout: DISCONNECT,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
    ...more,
  });
  redis.on('error', failed);
  return redis;
}

/** Disconnects them for good, and resolves once nothing of them is open. */
export async function disconnectAll(clients: readonly Redis[]): Promise<void> {
  const open = clients.filter(({ status }) => status !== 'end');
  await Promise.all(
    open.map((client) => {
      // One that is on its way back has nothing that closes, and sets its timer all the same.
      const isAway = client.status === 'reconnecting' || client.status === 'close';
      const ended = new Promise<void>((resolve) => {
        if (isAway) setTimeout(resolve, DISCONNECT + 1);
        else client.once('end', resolve);
      });
      client.disconnect();
      return ended;
    }),
  );
}
