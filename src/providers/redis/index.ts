/** Carillon on Redis. Needs `ioredis`. */
export { REDIS_BUS, type RedisBusOptions, RedisBusTransport, redisBus } from './redis-bus.js';
export type { RedisOptions } from './redis-connection.js';
