/** A channel whose publishes are confirmed by the server, or refused. */
import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';

/** Where a message goes. The exchange `''` brings it to the queue of that name. */
export interface Route {
  readonly exchange: string;
  readonly key: string;
}

export class ConfirmedChannel {
  readonly #returned = new Set<unknown>();
  #isEnding = false;

  private constructor(readonly channel: ConfirmChannel) {
    channel.on('return', ({ properties }) => this.#returned.add(properties.messageId));
  }

  /** @param closed told when the server has closed it, or the connection is lost */
  static async open(model: ChannelModel, closed: () => void = () => undefined): Promise<ConfirmedChannel> {
    const channel = await model.createConfirmChannel();
    // The close comes after it.
    channel.on('error', () => undefined);
    const confirmed = new ConfirmedChannel(channel);
    channel.on('close', () => {
      if (!confirmed.#isEnding) closed();
    });
    return confirmed;
  }

  /** Resolves once the server has done all that was said on it, or the connection is lost. */
  close(): Promise<void> {
    this.#isEnding = true;
    return new Promise((resolve) => {
      // A close that is never answered would not end.
      this.channel.once('close', resolve);
      this.channel.close().catch(() => resolve());
    });
  }

  /** Resolves once every queue it went to has it; rejects when there is none, or one refuses it. */
  publish({ exchange, key }: Route, content: Buffer, options: Options.Publish): Promise<void> {
    const { messageId } = options;
    return new Promise((resolve, reject) => {
      this.channel.publish(exchange, key, content, options, (error: unknown) => {
        const isReturned = this.#returned.delete(messageId);
        if (error !== null && error !== undefined) reject(error);
        else if (isReturned) reject(new Error(`no queue takes the message ${messageId} by "${exchange}" and "${key}"`));
        else resolve();
      });
    });
  }
}
