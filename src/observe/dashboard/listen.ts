/** A server for the dashboard alone. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A dashboard that can be reached. */
export interface ListeningDashboard {
  /** With the token, where one is asked for. */
  readonly url: string;
  /** Ends the server; the dashboard goes on where it is mounted. */
  close(): void;
}

export async function listen(
  handler: RequestListener,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<ListeningDashboard> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  // A page that is looked at keeps no process alive.
  server.unref();
  const { port: chosen } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${chosen}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
