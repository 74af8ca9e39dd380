/** What one queue or bus has of a connection to RabbitMQ: its channels and subscriptions, which it opens again after each loss. */
import type { ChannelModel } from 'amqplib';
import { realClock } from '../../dispatch/real-clock.js';
import { settledWithin } from '../../scope/deadline.js';
import { pauseAfter, RECONNECT } from '../pauses.js';
import type { BrokerLink } from './broker-link.js';
import { ConfirmedChannel } from './confirmed-channel.js';

/** Opens what it has of a new connection, before it is used. */
export type SetUp = (model: ChannelModel) => Promise<void>;

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

export class RabbitConnection {
  readonly #link: BrokerLink;
  readonly #setUp: SetUp;
  readonly #failed: (error: unknown) => void;
  /** Those that it keeps open. */
  readonly #channels = new Set<ConfirmedChannel>();
  #model: ChannelModel | undefined;
  readonly #waiters: { resolve(): void; reject(error: unknown): void }[] = [];
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  readonly #user = {
    connected: (model: ChannelModel) => {
      this.#attempts = 0;
      void this.#restore(model);
    },
    lost: () => {
      this.#model = undefined;
      clearTimeout(this.#timer);
    },
    failed: (error: unknown) => this.#failed(error),
  };

  /**
   * @param setUp opens its channels and subscriptions; called again after each loss
   * @param failed receives errors that no caller waits for
   */
  constructor(link: BrokerLink, setUp: SetUp, failed: (error: unknown) => void) {
    this.#link = link;
    this.#setUp = setUp;
    this.#failed = failed;
  }

  /** How long, in milliseconds, the server may take to answer. */
  get patience(): number {
    return this.#link.patience;
  }

  /** Connects for the first time. If that fails, nothing is left open. */
  async open(): Promise<void> {
    const model = await this.#link.join();
    try {
      await this.#link.prepare(() => this.#setUp(model));
      if (this.#closing !== undefined) throw new Error('it was closed meanwhile');
      if (this.#link.model !== model) throw new Error('the connection was lost');
    } catch (error) {
      await this.#closeChannels();
      await this.#link.leave();
      throw error;
    }
    this.#isOpen = true;
    this.#model = model;
    this.#link.add(this.#user);
  }

  /** Opens a channel that stays open until the connection does not, or {@link renew} is called. */
  async channel(model: ChannelModel): Promise<ConfirmedChannel> {
    const channel = await ConfirmedChannel.open(model, () => {
      if (this.#channels.delete(channel)) this.renew();
    });
    this.#channels.add(channel);
    return channel;
  }

  /** Rejects if there is no connection, or the server does not answer in time. */
  async ask<T>(question: (model: ChannelModel) => Promise<T>): Promise<T> {
    if (this.#model === undefined) throw new Error('it is not connected');
    return this.#link.inTime(question(this.#model));
  }

  /** Like {@link ask}, but waits for a connection, and asks again if it is lost before the answer. */
  async askUntil<T>(question: (model: ChannelModel) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#model === undefined) await this.#connected();
      const model = this.#model;
      try {
        return await this.ask(question);
      } catch (error) {
        if (this.#closing !== undefined || (model !== undefined && model === this.#model))
          throw error;
      }
    }
  }

  /** Closes its channels and opens them again. */
  renew(): void {
    const model = this.#model;
    if (model === undefined) return;
    this.#model = undefined;
    this.#restoreLater(model, new Error('the server has closed a channel, or removed a queue'));
  }

  /** Drops the whole connection and makes a new one. */
  reconnect(): void {
    this.#link.cut();
  }

  /** Takes a second at most. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #restore(model: ChannelModel): Promise<void> {
    try {
      await this.#closeChannels();
      await this.#link.prepare(() => this.#setUp(model));
      if (this.#closing !== undefined || this.#link.model !== model) return;
      this.#attempts = 0;
      this.#model = model;
      for (const { resolve } of this.#waiters.splice(0)) resolve();
    } catch (error) {
      if (this.#closing !== undefined || this.#link.model !== model) return;
      this.#restoreLater(model, error);
    }
  }

  /** What was lost with the whole connection is told by that, and opened again with the next one. */
  #restoreLater(model: ChannelModel, trouble: unknown): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        if (this.#closing !== undefined || this.#link.model !== model) return;
        this.#failed(trouble);
        void this.#restore(model);
      },
      pauseAfter(this.#attempts, RECONNECT),
    );
    this.#attempts += 1;
  }

  #connected(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(new Error('it is closed'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  async #closeChannels(): Promise<void> {
    const channels = [...this.#channels];
    this.#channels.clear();
    await settledWithin(
      realClock,
      CLOSING,
      channels.map((channel) => channel.close()),
    );
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiters.splice(0)) reject(new Error('it is closed'));
    if (!this.#isOpen) return;
    this.#link.remove(this.#user);
    this.#model = undefined;
    if (!this.#link.isLast) await this.#closeChannels();
    await this.#link.leave();
  }
}
