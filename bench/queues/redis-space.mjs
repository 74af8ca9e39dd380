/** A part of Redis that is empty, and emptied again. */
import { Redis } from 'ioredis';

export const REDIS_PORT = 6379;

let spaces = 0;

export function redisSpace() {
  spaces += 1;
  const url = `redis://127.0.0.1:${REDIS_PORT}`;
  const prefix = `bench-${process.pid}-${spaces}`;
  return {
    url,
    prefix,
    clear: async () => {
      const redis = new Redis(url);
      let cursor = '0';
      do {
        const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', 1000);
        cursor = next;
        if (keys.length > 0) await redis.unlink(keys);
      } while (cursor !== '0');
      redis.disconnect();
    },
  };
}
