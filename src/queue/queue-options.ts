/** What an application says of a queue. */
import { CarillonError } from '../../decorators/carillon-error.js';

/** How a queue is worked off. */
export interface QueueOptions {
  /**
   * `'auto'`: by itself, from `start()` on. `'manual'`: only by `process()`, in the caller's turn. Default `'auto'`.
   */
  readonly drain?: 'auto' | 'manual';
  /** How many messages may be in work at once, where the queue is worked off by itself. Default 1: strictly one after another. */
  readonly concurrency?: number;
}

/** The options by queue name. */
export type QueuesOptions = Readonly<Record<string, QueueOptions>>;

/** @throws CarillonError `CAR7002` naming the queue and the option that is wrong */
export function checkQueues(queues: QueuesOptions): QueuesOptions {
  for (const [name, { drain, concurrency }] of Object.entries(queues)) {
    if (name.trim() === '') throw new CarillonError('CAR7002', 'A queue has an empty name. Give each queue a name.');
    if (drain !== undefined && drain !== 'auto' && drain !== 'manual') {
      throw new CarillonError('CAR7002', `Queue "${name}" has drain: ${String(drain)}. It is 'auto' or 'manual'.`);
    }
    if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
      throw new CarillonError(
        'CAR7002',
        `Queue "${name}" has concurrency: ${String(concurrency)}. Give a whole number, 1 or more.`,
      );
    }
  }
  return queues;
}
