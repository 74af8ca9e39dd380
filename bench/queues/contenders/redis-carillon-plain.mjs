/** Carillon on Redis, where no message has a priority: the bare client's have none either. */
import { redisQueue } from 'carillon/redis';
import { carillonQueue } from '../carillon.mjs';
import { redisSpace } from '../redis-space.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { url, prefix, clear } = redisSpace();
  return carillonQueue(redisQueue({ url, prefix, priorities: false }), concurrency, clear);
}
