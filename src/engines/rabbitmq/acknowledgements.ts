/** Acknowledges together what was done in one turn: the server takes it away in one step. */
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';

/** For one consumer, which has its channel to itself. */
export class Acknowledgements {
  /** The tags of what is given out and not settled: the channel counts them up. */
  readonly #open = new Set<number>();
  #done: ConsumeMessage[] = [];

  /** @param most as many messages are given out at once */
  constructor(
    private readonly channel: ConfirmChannel,
    private readonly most: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  given(message: ConsumeMessage): void {
    this.#open.add(tagOf(message));
  }

  /** The message is done: it leaves the queue at the end of this turn at the latest, or comes again if the channel is lost before. */
  ack(message: ConsumeMessage): void {
    this.#done.push(message);
    if (this.most === 1) this.flush();
    else if (this.#done.length === 1) process.nextTick(() => this.flush());
  }

  /** The message goes back to where it came from. */
  nack(message: ConsumeMessage): void {
    this.#open.delete(tagOf(message));
    try {
      this.channel.nack(message);
    } catch {
      // The channel is gone, and the message comes again by itself.
    }
  }

  /** Says at once what is done. */
  flush(): void {
    const done = this.#done;
    this.#done = [];
    for (const message of done) this.#open.delete(tagOf(message));
    done.sort((one, other) => tagOf(one) - tagOf(other));
    // One answer is for a message and all that were given out before it.
    const [oldest = Number.POSITIVE_INFINITY] = this.#open;
    const together = done.filter((message) => tagOf(message) < oldest);
    const last = together.at(-1);
    try {
      if (last !== undefined) this.channel.ack(last, together.length > 1);
      for (const message of done.slice(together.length)) this.channel.ack(message);
    } catch (cause) {
      this.failed(cause);
    }
  }
}

function tagOf({ fields }: ConsumeMessage): number {
  return fields.deliveryTag;
}
