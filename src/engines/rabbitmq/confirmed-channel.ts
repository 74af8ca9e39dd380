/** A channel whose publishes are confirmed by the server, or refused. */
import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';

/** Where a message goes. The exchange `''` brings it to the queue of that name. */
export interface Route {
  readonly exchange: string;
  readonly key: string;
}

/** A message on its way. */
export interface Publication {
  readonly route: Route;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

export class ConfirmedChannel {
  readonly #returned = new Set<unknown>();
  #isEnding = false;

  private constructor(readonly channel: ConfirmChannel) {
    channel.on('return', ({ properties }) => this.#returned.add(properties.messageId));
  }

  /** @param closed told when the server has closed it, or the connection is lost */
  static async open(
    model: ChannelModel,
    closed: () => void = () => undefined,
  ): Promise<ConfirmedChannel> {
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
  publish(route: Route, content: Buffer, options: Options.Publish): Promise<void> {
    return this.publishAll([{ route, content, options }]);
  }

  /** Resolves once all of them are safe; rejects, when all are answered, if one is not. */
  publishAll(publications: readonly Publication[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let [unanswered, failure]: [number, unknown] = [publications.length, undefined];
      const answered = (error: unknown) => {
        failure ??= error;
        unanswered -= 1;
        if (unanswered > 0) return;
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

  /** The server gives back what no queue takes before it confirms it. */
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
