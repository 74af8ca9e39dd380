/** A connection to NATS that reconnects automatically until it is closed. */
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { type OptionShape, secret } from '../../../decorators/check-options.js';
import { assertAddress, clientOptions } from '../options.js';

/** What {@link NatsOptions} take. */
export const NATS: OptionShape<NatsOptions> = /* @__PURE__ */ (() => ({
  servers: secret(areServers, "an address such as '127.0.0.1:4222', or a list of them"),
  connection: clientOptions(),
}))();

function areServers(value: unknown): boolean {
  const servers: readonly unknown[] = Array.isArray(value) ? value : [value];
  return servers.length > 0 && servers.every((one) => typeof one === 'string' && one !== '');
}

/** How to connect to NATS. */
export interface NatsOptions {
  /** The address of a server, or of several servers of a cluster. Default `'127.0.0.1:4222'`. */
  readonly servers?: string | readonly string[];
  /** Further options of the client, such as credentials, TLS or its name. */
  readonly connection?: NodeConnectionOptions;
}

/**
 * Connects; from then on the client reconnects without end.
 *
 * @param failed receives errors that no caller waits for
 */
export async function openNats(
  { servers = '127.0.0.1:4222', connection }: NatsOptions,
  failed: (error: unknown) => void,
): Promise<NatsConnection> {
  for (const server of [servers].flat())
    assertAddress(server.includes('://') ? server : `nats://${server}`);
  const connected = await connect({
    // The client would take a stack trace for each request, which would cost half of its time.
    noAsyncTraces: true,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    ...connection,
    servers: typeof servers === 'string' ? servers : [...servers],
    maxReconnectAttempts: -1,
  });
  void watch(connected, failed);
  return connected;
}

async function watch(connection: NatsConnection, failed: (error: unknown) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect')
      failed(new Error(`the connection to ${status.server} was lost`));
    if (status.type === 'error') failed(status.error);
  }
}
