/** Carillon on Redis. */
import { redisQueue } from 'carillon/redis';
import { carillonQueue } from '../carillon.mjs';
import { redisSpace } from '../redis-space.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { url, prefix, clear } = redisSpace();
  return carillonQueue(redisQueue({ url, prefix }), concurrency, clear);
}
