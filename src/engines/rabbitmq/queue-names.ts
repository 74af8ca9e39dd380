/** The queues in RabbitMQ for one queue of the application: their names and their properties. */
import { createHash } from 'node:crypto';
import type { Channel, Options } from 'amqplib';
import { isName, kind, type OptionCheck } from '../../../decorators/check-options.js';
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

/** The most bytes of a name, of a routing key and of a message's type in AMQP 0-9-1. */
const MOST_BYTES = 255;

/** The most bytes of a name that others begin with. */
const MOST_PREFIX_BYTES = 200;

const DEAD = ':dead';

export function queueNames(prefix: string, queue: string): QueueNames {
  const due = fittingName(`${prefix}:${queueWord(queue)}`, DEAD.length);
  return { prefix, due, dead: `${due}${DEAD}` };
}

/** A word of the name of a queue. The server leaves line ends out when it creates one. */
export function queueWord(word: string): string {
  return escapeWord(word, /[:%\r\n]/g);
}

/** A name that others begin with, as an option. */
export function prefixName(): OptionCheck {
  return kind(
    (value) =>
      isName(value) && Buffer.byteLength(value) <= MOST_PREFIX_BYTES && !/[\r\n]/.test(value),
    `text of 1 to ${MOST_PREFIX_BYTES} bytes, in one line`,
  );
}

/** Whether AMQP can carry the text in the places of names. */
export function fits(text: string): boolean {
  return text.length <= MOST_BYTES / 3 || Buffer.byteLength(text) <= MOST_BYTES;
}

/**
 * A name that is too long ends in its hash.
 *
 * @param reserved how many bytes are needed beside it
 */
export function fittingName(name: string, reserved = 0): string {
  const bytes = Buffer.from(name);
  const most = MOST_BYTES - reserved;
  if (bytes.length <= most) return name;
  const hash = createHash('sha256').update(bytes).digest('base64url');
  // Without the part of a character at the end.
  const head = new TextDecoder().decode(bytes.subarray(0, most - hash.length - 1), {
    stream: true,
  });
  return `${head}~${hash}`;
}

/** @throws Error for a routing key that AMQP cannot carry */
export function assertFits(key: string): void {
  if (!fits(key))
    throw new Error(
      `its topic has ${Buffer.byteLength(key)} bytes in RabbitMQ, and ${MOST_BYTES} are allowed`,
    );
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
