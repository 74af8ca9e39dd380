/** Moves messages that have become due to the subject of the messages that may be worked on. */
import type { Msg } from '@nats-io/transport-node';
import type { KeyStore } from './key-store.js';
import type { PatientClient } from './patient-client.js';
import { PullLoop, type PullSource } from './pull-loop.js';
import type { QueueStreams } from './queue-streams.js';
import type { Requests } from './requests.js';
import { factHeaders, StreamMessage } from './stream-message.js';

/** What the mover works with. */
interface MoverDependencies extends PullSource {
  readonly client: PatientClient;
  readonly requests: Requests;
  readonly streams: QueueStreams;
  readonly keys: KeyStore;
  /** Milliseconds. */
  readonly patience: number;
}

/** How many messages are moved at once. */
const CONCURRENCY = 50;

export class DelayedMover {
  readonly #dependencies: MoverDependencies;
  readonly #moving = new Set<Promise<void>>();
  readonly #loop: PullLoop;

  constructor(dependencies: MoverDependencies) {
    this.#dependencies = dependencies;
    this.#loop = new PullLoop({
      ...dependencies,
      concurrency: CONCURRENCY,
      inProgress: () => this.#moving.size,
      take: (message) => this.#take(message),
    });
  }

  /** The client has reconnected. */
  renew(): void {
    this.#loop.renew();
  }

  async stop(): Promise<void> {
    await this.#loop.close();
    await Promise.all(this.#moving);
  }

  #take(raw: Msg): void {
    const { requests, failed } = this.#dependencies;
    const moving = this.#move(new StreamMessage(raw, requests, this.#dependencies))
      .catch(failed)
      .finally(() => {
        this.#moving.delete(moving);
        this.#loop.ask();
      });
    this.#moving.add(moving);
  }

  /** A message that is not due yet stays at the server, which may give it out too early again: that is checked each time. */
  async #move(message: StreamMessage): Promise<void> {
    const { client, streams, keys } = this.#dependencies;
    const { due, dedup, ...facts } = message.facts;
    const wait = (due ?? 0) - Date.now();
    if (wait > 0) return message.redeliver(wait);
    const headers = factHeaders(facts);
    const { seq } = await client.publish(streams.work, message.body, {
      headers,
      msgID: `due ${facts.id} ${message.sequence}`,
    });
    // The key is remembered while its message waits, which is another one from now on.
    if (dedup !== undefined) await keys.remember('dedup', dedup.key, dedup.until - Date.now(), seq);
    await message.acknowledge();
  }
}
