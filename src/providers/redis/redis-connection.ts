/** A connection to Redis that comes back by itself, for as long as it is not closed. */
import { type RedisOptions as ClientOptions, Redis } from 'ioredis';

/** Where Redis is. */
export interface RedisOptions {
  /** `redis://user:password@host:port/database`. Default `'redis://127.0.0.1:6379'`. */
  readonly url?: string;
  /** Whatever else the client takes: TLS, sentinels, its name. */
  readonly connection?: ClientOptions;
}

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
    disconnectTimeout: 500,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
    ...more,
  });
  redis.on('error', failed);
  return redis;
}
