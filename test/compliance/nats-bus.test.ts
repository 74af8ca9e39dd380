/** The bus on NATS core, case by case. */
import { randomUUID } from 'node:crypto';
import { describeBusTransport } from 'carillon/compliance';
import { NATS_BUS, NatsBusTransport } from 'carillon/nats';
import { NATS } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 4222;

await withService('NATS', PORT, () => {
  const own = ownServer(NATS);
  describeBusTransport(
    'NATS core',
    async () => {
      const prefix = `test-${randomUUID()}`;
      const faults = await TcpProxy.to(PORT);
      return {
        transport: () => new NatsBusTransport({ servers: `127.0.0.1:${faults.port}`, prefix }),
        undisturbed: () => new NatsBusTransport({ servers: `127.0.0.1:${PORT}`, prefix }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            transport: () => new NatsBusTransport({ servers: `127.0.0.1:${server.port}`, prefix }),
          };
        },
        close: () => faults.close(),
      };
    },
    { ...NATS_BUS, faults: true, restart: own.isWanted },
  );
});
