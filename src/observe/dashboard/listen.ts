/** A server for the dashboard alone. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CarillonError } from '../../../decorators/index.js';

/** A dashboard that can be reached. */
export interface ListeningDashboard {
  /** With the token, where one is asked for. */
  readonly url: string;
  /** Ends the server; the dashboard goes on where it is mounted. */
  close(): void;
}

export const HIGHEST_PORT = 65_535;

/** Where a dashboard listens. */
export interface DashboardAddress {
  /** Default 0: a free one. */
  readonly port?: number;
  /** A name or an address of this machine. Any but those of the loopback needs {@link DashboardOptions.auth}. Default `'127.0.0.1'`. */
  readonly host?: string;
}

/** @throws CarillonError (a rejection) `CAR7080` where it cannot listen */
export async function listen(
  handler: RequestListener,
  { port, host }: Required<DashboardAddress>,
): Promise<ListeningDashboard> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, { port, host })));
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

function cannotListen(
  cause: NodeJS.ErrnoException,
  { port, host }: Required<DashboardAddress>,
): CarillonError {
  const text =
    REASONS[cause.code ?? '']?.(port, host) ?? `${host}, port ${port}: ${cause.message}.`;
  return new CarillonError('CAR7080', `The dashboard cannot listen. ${text}`, { cause });
}

const isNoHost = (_port: number, host: string) =>
  `This machine has no address ${host}. Give one that it has, such as 127.0.0.1.`;

const REASONS: Readonly<Record<string, (port: number, host: string) => string>> = {
  EADDRINUSE: (port, host) =>
    `Port ${port} of ${host} is taken. Give another one, or 0 for one that is free.`,
  EACCES: (port) => `This user may not listen on port ${port}. Give one above 1023.`,
  EADDRNOTAVAIL: isNoHost,
  ENOTFOUND: isNoHost,
  EAI_AGAIN: isNoHost,
};
