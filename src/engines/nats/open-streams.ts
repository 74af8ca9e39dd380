/** Opens queues in JetStream. */
import { jetstream } from '@nats-io/jetstream';
import type { ProviderContext, ProviderQueue } from '../../queue/queue-provider.js';
import { queueTrouble } from '../queue-trouble.js';
import { Turns } from '../turns.js';
import type { NatsOptions } from './nats-connection.js';
import { PatientClient } from './patient-client.js';
import { QueueStreams, type StreamsOptions } from './queue-streams.js';
import { type ConnectionUser, SharedConnection } from './shared-connection.js';
import { StreamQueue } from './stream-queue.js';

/** The options of every queue of one provider. */
export type ProviderOptions = Omit<StreamsOptions, 'queue'> & { readonly patience: number };

/** How many queues have their streams made at once. */
const AT_ONCE = 16;

export class StreamProvider {
  readonly #options: ProviderOptions;
  readonly #shared: SharedConnection;
  readonly #turns = new Turns(AT_ONCE);

  constructor(nats: NatsOptions, options: ProviderOptions) {
    this.#options = options;
    this.#shared = new SharedConnection(nats, options.patience);
  }

  async open(queue: string, context: ProviderContext): Promise<ProviderQueue> {
    const { lease, patience } = this.#options;
    const streams = new QueueStreams({ ...this.#options, queue });
    let opened: StreamQueue | undefined;
    const failed = (cause: unknown) => {
      if (opened?.isClosed === true) return;
      const what = 'has had trouble. See the cause; it reconnects automatically.';
      context.report(queueTrouble(`"${queue}" on jetstream`, what, cause));
    };
    const user: ConnectionUser = {
      disconnected: () => opened?.disconnected(),
      reconnected: () => opened?.reconnected(),
      failed,
    };
    const { connection, manager, leave } = await this.#shared.join(user);
    try {
      await this.#turns.run(() => streams.create(manager));
      const js = jetstream(connection, { timeout: patience });
      const client = new PatientClient(js, { clock: context.clock, patience });
      const parts = { connection, client, manager, streams, leave };
      opened = new StreamQueue({ ...parts, context, lease, patience, failed });
      return opened;
    } catch (error) {
      await leave();
      throw error;
    }
  }
}
