/** BullMQ alone, where every job has a priority: those of Carillon have one, too. */
import { openQueue as open } from './redis-bullmq.mjs';

/** The one that Carillon gives to a message without any. */
const PRIORITY = 101;

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 */
export function openQueue(concurrency, content) {
  return open(concurrency, content, PRIORITY);
}
