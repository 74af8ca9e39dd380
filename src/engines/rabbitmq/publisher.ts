/** Publishes the messages of one queue on a channel that the first of them opens: a program that only works on a queue needs none. */
import type { ChannelModel } from 'amqplib';
import type { ConfirmedChannel, Publication } from './confirmed-channel.js';
import type { RabbitConnection } from './rabbit-connection.js';

export class Publisher {
  readonly #connection: Pick<RabbitConnection, 'channel'>;
  #channel: ConfirmedChannel | undefined;
  #opening: Promise<ConfirmedChannel> | undefined;

  constructor(connection: Pick<RabbitConnection, 'channel'>) {
    this.#connection = connection;
  }

  /** Resolves once all of them are stored. If one is not, rejects when all are answered. */
  async publishAll(model: ChannelModel, publications: readonly Publication[]): Promise<void> {
    const channel = this.#channel ?? (await this.#open(model));
    await channel.publishAll(publications);
  }

  /** The channel is gone, or will be closed. */
  forget(): void {
    this.#channel = undefined;
    this.#opening = undefined;
  }

  async #open(model: ChannelModel): Promise<ConfirmedChannel> {
    this.#opening ??= this.#connection.channel(model);
    const opening = this.#opening;
    try {
      const channel = await opening;
      if (this.#opening === opening) this.#channel = channel;
      return channel;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }
}
