/** Connects a queue in JetStream. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { ProviderContext, ProviderQueue } from '../../queue/queue-provider.js';
import { queueTrouble } from '../queue-trouble.js';
import { type NatsOptions, openNats } from './nats-connection.js';
import { QueueStreams, type StreamsOptions } from './queue-streams.js';
import { StreamQueue } from './stream-queue.js';

/** Milliseconds between two pings; after the second one without an answer the connection counts as lost. */
const PING = 10_000;

export async function openStreams(
  nats: NatsOptions,
  options: StreamsOptions & { readonly patience: number },
  context: ProviderContext,
): Promise<ProviderQueue> {
  const { lease, patience } = options;
  let isClosed = false;
  const failed = (cause: unknown) => {
    if (isClosed) return;
    const what = 'has had trouble. See the cause; it reconnects automatically.';
    context.report(queueTrouble(`"${options.queue}" on jetstream`, what, cause));
  };
  const connection = await openNats(
    { ...nats, connection: { timeout: patience, pingInterval: PING, ...nats.connection } },
    failed,
  );
  void connection.closed().then(() => {
    isClosed = true;
  });
  try {
    const manager = await jetstreamManager(connection, { timeout: patience });
    const streams = new QueueStreams(options);
    await streams.create(manager);
    const client = jetstream(connection, { timeout: patience });
    const parts = { connection, client, manager, streams };
    return new StreamQueue({ ...parts, context, lease, patience, failed });
  } catch (error) {
    isClosed = true;
    await connection.close();
    throw error;
  }
}
