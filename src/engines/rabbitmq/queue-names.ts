/** What the queues of one queue of the application are called, and how they are kept. */
import type { Channel, Options } from 'amqplib';
import { escapeWord } from '../topic-words.js';

export interface QueueNames {
  /** Common to the queues that wait together. */
  readonly prefix: string;
  /** What is due. */
  readonly due: string;
  /** What was given up. */
  readonly dead: string;
}

/** More than any worker would try: when to give up is the worker's to say. */
export const NO_LIMIT = 1_000_000_000;

/** As many unacknowledged messages as a consumer may be said to have. */
export const MOST_UNDONE = 65_535;

export function queueNames(prefix: string, queue: string): QueueNames {
  const due = `${prefix}:${escapeWord(queue, /[:%]/g)}`;
  return { prefix, due, dead: `${due}:dead` };
}

/** Creates them where they do not exist. */
export async function declareQueues(channel: Channel, { due, dead }: QueueNames): Promise<void> {
  // One reader at a time sees all of the dead letters.
  const reading = { 'x-delivery-limit': NO_LIMIT, 'x-single-active-consumer': true };
  await Promise.all([
    channel.assertQueue(dead, quorum(reading)),
    channel.assertQueue(due, quorum({ 'x-delivery-limit': NO_LIMIT, ...deadLetterTo('', dead) })),
  ]);
}

/** A queue that is on the disks of a majority of the servers. */
export function quorum(more: Record<string, unknown> = {}): Options.AssertQueue {
  return { durable: true, arguments: { 'x-queue-type': 'quorum', ...more } };
}

/** What leaves the queue is kept there until the other one has confirmed it. */
export function deadLetterTo(exchange: string, key?: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': exchange,
    ...(key === undefined ? {} : { 'x-dead-letter-routing-key': key }),
    'x-dead-letter-strategy': 'at-least-once',
    // Without this the server would not take the strategy.
    'x-overflow': 'reject-publish',
  };
}
