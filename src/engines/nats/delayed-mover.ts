/** Puts messages that have become due among those that may be worked on. */
import type { JetStreamClient } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import { type Pull, PullLoop } from './pull-loop.js';
import type { QueueStreams } from './queue-streams.js';
import { factHeaders, StreamMessage } from './stream-message.js';

/** So many are looked at at once. */
const AT_ONCE = 50;

export class DelayedMover {
  readonly #pull: Omit<Pull, 'most' | 'busy' | 'take'>;
  readonly #client: JetStreamClient;
  readonly #streams: QueueStreams;
  readonly #patience: number;
  readonly #moving = new Set<Promise<void>>();
  readonly #loop: PullLoop;

  constructor(
    pull: Omit<Pull, 'most' | 'busy' | 'take'>,
    client: JetStreamClient,
    streams: QueueStreams,
    patience: number,
  ) {
    this.#pull = pull;
    this.#client = client;
    this.#streams = streams;
    this.#patience = patience;
    this.#loop = new PullLoop({
      ...pull,
      most: AT_ONCE,
      busy: () => this.#moving.size,
      take: (message) => this.#take(message),
    });
  }

  /** The connection is a new one. */
  renew(): void {
    this.#loop.renew();
  }

  async stop(): Promise<void> {
    await this.#loop.close();
    await Promise.all(this.#moving);
  }

  #take(raw: Msg): void {
    const moving = this.#move(new StreamMessage(raw, this.#pull.connection, this.#patience))
      .catch(this.#pull.failed)
      .finally(() => {
        this.#moving.delete(moving);
        this.#loop.ask();
      });
    this.#moving.add(moving);
  }

  /** Until then the server keeps it: it may come sooner than it was told to, but never is done sooner. */
  async #move(message: StreamMessage): Promise<void> {
    const { due, ...facts } = message.facts;
    const wait = (due ?? 0) - Date.now();
    if (wait > 0) return message.again(wait);
    const headers = factHeaders(facts);
    await this.#client.publish(this.#streams.work, message.body, {
      headers,
      msgID: `due ${facts.id} ${message.sequence}`,
    });
    await message.done();
  }
}
