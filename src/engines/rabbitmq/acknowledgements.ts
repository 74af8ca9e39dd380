/** Acknowledges all messages that were done in one turn of the event loop together: the server removes them in one step. */
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';

/** For one consumer with a channel of its own. */
export class Acknowledgements {
  readonly #channel: ConfirmChannel;
  readonly #prefetch: number;
  readonly #failed: (error: unknown) => void;
  /** The delivery tags of messages without an answer, in ascending order: the channel numbers its deliveries. */
  readonly #unanswered = new Set<number>();
  #done: ConsumeMessage[] = [];
  #isEnding = false;

  /** @param prefetch how many messages may be unacknowledged at once */
  constructor(channel: ConfirmChannel, prefetch: number, failed: (error: unknown) => void) {
    this.#channel = channel;
    this.#prefetch = prefetch;
    this.#failed = failed;
  }

  /** A message has been delivered. */
  add(message: ConsumeMessage): void {
    this.#unanswered.add(tagOf(message));
  }

  /** Removes the message from the queue at the end of this turn; if the channel is lost earlier, the message comes again. */
  ack(message: ConsumeMessage): void {
    this.#done.push(message);
    if (this.#prefetch === 1) this.flush();
    else if (this.#done.length === 1) process.nextTick(() => this.flush());
  }

  /** Puts the message back to its place in the queue. */
  nack(message: ConsumeMessage): void {
    this.#unanswered.delete(tagOf(message));
    try {
      this.#channel.nack(message);
    } catch {
      // The channel is lost, so the server puts the message back.
    }
  }

  /**
   * The subscription ends. From now on messages are acknowledged only together with all before them: of acknowledgements one by
   * one the server keeps 32 in hand, and forgets the others when the channel is closed before it has stored those.
   */
  end(): void {
    this.#isEnding = true;
  }

  /** Acknowledges at once what is done. */
  flush(): void {
    const done = this.#done;
    this.#done = [];
    for (const message of done) this.#unanswered.delete(tagOf(message));
    done.sort((one, other) => tagOf(one) - tagOf(other));
    // A multiple acknowledgement covers a message and all that were delivered before it.
    const [oldest = Number.POSITIVE_INFINITY] = this.#unanswered;
    const together = done.filter((message) => tagOf(message) < oldest);
    const last = together.at(-1);
    try {
      if (last !== undefined) this.#channel.ack(last, together.length > 1);
      const others = done.slice(together.length);
      if (this.#isEnding) this.#done.push(...others);
      else for (const message of others) this.#channel.ack(message);
    } catch (cause) {
      this.#failed(cause);
    }
  }
}

function tagOf({ fields }: ConsumeMessage): number {
  return fields.deliveryTag;
}
