/** A connection to NATS that comes back by itself, for as long as it is not closed. */
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';

/** Where NATS is. */
export interface NatsOptions {
  /** One server or several of a cluster: `'127.0.0.1:4222'`. Default that. */
  readonly servers?: string | readonly string[];
  /** Whatever else the client takes: credentials, TLS, its name. */
  readonly connection?: NodeConnectionOptions;
}

/**
 * Connects; from then on the client connects again without end.
 *
 * @param failed told of what no caller hears
 */
export async function openNats(
  { servers = '127.0.0.1:4222', connection }: NatsOptions,
  failed: (error: unknown) => void,
): Promise<NatsConnection> {
  const opened = await connect({
    // A stack for every request, kept for the few that fail, would be half of the work.
    noAsyncTraces: true,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    ...connection,
    servers: typeof servers === 'string' ? servers : [...servers],
    maxReconnectAttempts: -1,
  });
  void watch(opened, failed);
  return opened;
}

async function watch(connection: NatsConnection, failed: (error: unknown) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect')
      failed(new Error(`the connection to ${status.server} was lost`));
    if (status.type === 'error') failed(status.error);
  }
}
