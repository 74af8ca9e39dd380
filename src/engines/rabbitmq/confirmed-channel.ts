/** A channel whose publishes are confirmed by the server, or refused. */
import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';

/** Where a message goes. The exchange `''` routes it to the queue with the name `key`. */
export interface Route {
  readonly exchange: string;
  readonly key: string;
}

/** A message that is to be published. */
export interface Publication {
  readonly route: Route;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

export class ConfirmedChannel {
  readonly channel: ConfirmChannel;
  /** The ids of messages that no queue took. */
  readonly #returned = new Set<unknown>();
  /** What waits for answers of the server, which the client does not tell of the end. */
  readonly #unanswered = new Set<(error: Error) => void>();
  #isClosing = false;

  private constructor(channel: ConfirmChannel) {
    this.channel = channel;
    channel.on('return', ({ properties }) => this.#returned.add(properties.messageId));
  }

  /** @param closed is called when the server has closed the channel or the connection is lost */
  static async open(
    model: ChannelModel,
    closed: () => void = () => undefined,
  ): Promise<ConfirmedChannel> {
    const channel = await model.createConfirmChannel();
    // It is followed by 'close'.
    channel.on('error', () => undefined);
    const confirmed = new ConfirmedChannel(channel);
    channel.on('close', () => {
      for (const reject of confirmed.#unanswered) reject(new Error('the channel was closed'));
      if (!confirmed.#isClosing) closed();
    });
    return confirmed;
  }

  /** Resolves once the server has processed everything on the channel, or the connection is lost. */
  close(): Promise<void> {
    this.#isClosing = true;
    return new Promise((resolve) => {
      // The promise of `close` would not settle without an answer of the server.
      this.channel.once('close', resolve);
      this.channel.close().catch(() => resolve());
    });
  }

  /** Resolves once each queue of the route has stored the message; rejects if there is none, or one refuses it. */
  publish(route: Route, content: Buffer, options: Options.Publish): Promise<void> {
    return this.publishAll([{ route, content, options }]);
  }

  /** Resolves once all of them are stored. If one is not, rejects when all are answered. */
  publishAll(publications: readonly Publication[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let [unanswered, failure]: [number, unknown] = [publications.length, undefined];
      this.#unanswered.add(reject);
      const answered = (error: unknown) => {
        failure ??= error;
        unanswered -= 1;
        if (unanswered > 0) return;
        this.#unanswered.delete(reject);
        const returned = this.#returnedOf(publications);
        failure ??= returned;
        if (failure === undefined) resolve();
        else reject(failure);
      };
      for (const { route, content, options } of publications) {
        this.channel.publish(route.exchange, route.key, content, options, answered);
      }
    });
  }

  /** The server returns a message that no queue takes before it confirms it. */
  #returnedOf(publications: readonly Publication[]): Error | undefined {
    if (this.#returned.size === 0) return undefined;
    const [first] = publications.filter(({ options }) => this.#returned.delete(options.messageId));
    if (first === undefined) return undefined;
    const { exchange, key } = first.route;
    return new Error(
      `no queue takes the message ${first.options.messageId} by "${exchange}" and "${key}"`,
    );
  }
}
