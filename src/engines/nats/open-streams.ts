/** Connects a queue in JetStream. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { ProviderContext, ProviderQueue } from '../../queue/queue-provider.js';
import { type NatsOptions, openNats } from './nats-connection.js';
import { QueueStreams, type StreamsOptions } from './queue-streams.js';
import { StreamQueue } from './stream-queue.js';

/** Milliseconds between two questions whether the server is still there; by the second that is not answered it is not. */
const PING = 10_000;

export async function openStreams(
  nats: NatsOptions,
  options: StreamsOptions & { readonly patience: number },
  context: ProviderContext,
): Promise<ProviderQueue> {
  const { lease, patience } = options;
  let isOver = false;
  const failed = (cause: unknown) => {
    if (isOver) return;
    const text = `Queue "${options.queue}" on jetstream has had trouble. See the cause; it connects again by itself.`;
    context.report(new CarillonError('CAR5018', text, { cause }));
  };
  const connection = await openNats(
    { ...nats, connection: { timeout: patience, pingInterval: PING, ...nats.connection } },
    failed,
  );
  void connection.closed().then(() => {
    isOver = true;
  });
  try {
    const manager = await jetstreamManager(connection, { timeout: patience });
    const streams = new QueueStreams(options);
    await streams.create(manager);
    const client = jetstream(connection, { timeout: patience });
    return new StreamQueue(
      { connection, client, manager, streams, lease, patience },
      context,
      failed,
    );
  } catch (error) {
    isOver = true;
    await connection.close();
    throw error;
  }
}
