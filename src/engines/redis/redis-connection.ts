/** A connection to Redis that reconnects automatically until it is closed. */
import { type RedisOptions as ClientOptions, Redis } from 'ioredis';
import type { OptionShape } from '../../../decorators/check-options.js';
import { address, assertAddress, clientOptions } from '../options.js';
import { pauseAfter, RECONNECT } from '../pauses.js';
import { safeError } from './redis-trouble.js';

/** How to connect to Redis. */
export interface RedisOptions {
  /** `redis://user:password@host:port/database`. Default `'redis://127.0.0.1:6379'`. */
  readonly url?: string;
  /** Further options of the client, such as TLS, sentinels or its name. */
  readonly connection?: ClientOptions;
}

/** What {@link RedisOptions} take. */
export const REDIS: OptionShape<RedisOptions> = /* @__PURE__ */ (() => ({
  url: address('redis://127.0.0.1:6379'),
  connection: clientOptions(),
}))();

/** Milliseconds for which a server may close the connection in order; then it is cut. */
const DISCONNECT_TIME = 200;

/**
 * Creates a client. Once its caller has connected it, it reconnects without end, and keeps commands until it has.
 *
 * @param failed receives errors that no caller waits for
 * @param own options that come before those of the user
 */
export function redisClient(
  { url = 'redis://127.0.0.1:6379', connection }: RedisOptions,
  failed: (error: unknown) => void,
  own: ClientOptions = {},
): Redis {
  assertAddress(url);
  const redis = new Redis(url, {
    ...connection,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    disconnectTimeout: DISCONNECT_TIME,
    retryStrategy: (attempt) => pauseAfter(attempt, RECONNECT),
    ...own,
  });
  redis.on('error', failed);
  return redis;
}

/**
 * Connects a client for the first time. Of a failure the client tells its caller only that the connection is closed, and the rest to whom it may
 * concern.
 *
 * @throws Error (a rejection) the reason, which shows nothing of what was sent
 */
export async function connectRedis(client: Redis): Promise<void> {
  let reason: unknown;
  const note = (error: unknown) => {
    reason = error;
  };
  client.on('error', note);
  try {
    await client.connect();
  } catch (error) {
    throw safeError(reason ?? error);
  } finally {
    client.off('error', note);
  }
}

/** Disconnects them for good, and resolves once none of their sockets is open. */
export async function disconnectAll(clients: readonly Redis[]): Promise<void> {
  const open = clients.filter(({ status }) => status !== 'end');
  await Promise.all(
    open.map((client) => {
      // One that is reconnecting has no socket that closes, and sets its timer all the same.
      const isReconnecting = client.status === 'reconnecting' || client.status === 'close';
      const ended = new Promise<void>((resolve) => {
        if (isReconnecting) setTimeout(resolve, DISCONNECT_TIME + 1);
        else client.once('end', resolve);
      });
      client.disconnect();
      return ended;
    }),
  );
  for (const client of clients) clearSocketTimer(client);
}

/** The client (ioredis 5.11) ends its timer for an answer when data comes, and not when the socket closes. */
function clearSocketTimer(client: Redis): void {
  clearTimeout((client as unknown as WithSocketTimer).socketTimeoutTimer);
}

interface WithSocketTimer {
  readonly socketTimeoutTimer?: ReturnType<typeof setTimeout>;
}
