/** The queues in RabbitMQ for one queue of the application: their names and their properties. */
import type { Channel, Options } from 'amqplib';
import { UNLIMITED_ATTEMPTS } from '../attempt-limit.js';
import { escapeWord } from '../topic-words.js';

export interface QueueNames {
  /** Common to the queues that share the waiting queues. */
  readonly prefix: string;
  /** The queue of messages that are due. */
  readonly due: string;
  /** The queue of dead letters. */
  readonly dead: string;
}

/** The highest prefetch of a consumer. */
export const MAX_UNACKNOWLEDGED = 65_535;

export function queueNames(prefix: string, queue: string): QueueNames {
  const due = `${prefix}:${escapeWord(queue, /[:%]/g)}`;
  return { prefix, due, dead: `${due}:dead` };
}

/** Creates them where they do not exist. */
export async function declareQueues(channel: Channel, { due, dead }: QueueNames): Promise<void> {
  // With one reader at a time, each sees all dead letters.
  const reading = { 'x-delivery-limit': UNLIMITED_ATTEMPTS, 'x-single-active-consumer': true };
  await Promise.all([
    channel.assertQueue(dead, quorum(reading)),
    channel.assertQueue(
      due,
      quorum({ 'x-delivery-limit': UNLIMITED_ATTEMPTS, ...deadLetterTo('', dead) }),
    ),
  ]);
}

/** A queue on the disks of a majority of the servers. */
export function quorum(more: Record<string, unknown> = {}): Options.AssertQueue {
  return { durable: true, arguments: { 'x-queue-type': 'quorum', ...more } };
}

/** A message stays in its queue until the next one has confirmed it. */
export function deadLetterTo(exchange: string, key?: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': exchange,
    ...(key === undefined ? {} : { 'x-dead-letter-routing-key': key }),
    'x-dead-letter-strategy': 'at-least-once',
    // The server requires it for this strategy.
    'x-overflow': 'reject-publish',
  };
}
