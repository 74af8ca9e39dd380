/** Carillon on Redis. Needs `ioredis`, and `bullmq` for queues. */
export { REDIS_BUS, type RedisBusOptions, RedisBusTransport, redisBus } from './redis-bus.js';
export type { RedisOptions } from './redis-connection.js';
export { REDIS_QUEUE, type RedisQueueOptions, redisQueue } from './redis-queue.js';
