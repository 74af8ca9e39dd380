/** The bus on a topic exchange of RabbitMQ, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBusTransport } from 'carillon/compliance';
import { RABBIT_BUS, RabbitBusTransport } from 'carillon/rabbitmq';
import { closeAll } from '../support/close-all.js';
import { busProcesses } from '../support/engine-processes.js';
import { removeExchange } from '../support/rabbit-queues.js';
import { RABBITMQ } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 5672;

await withService('RabbitMQ', PORT, () => {
  const own = ownServer(RABBITMQ);
  describeBusTransport(
    'RabbitMQ',
    async () => {
      // Without members they are gone after these times.
      const options = {
        exchange: `test-${randomUUID()}`,
        retention: 60_000,
        subscriberRetention: 60_000,
      };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-rabbitmq-'));
      const processes = busProcesses('rabbitmq', options, folder);
      return {
        transport: () =>
          new RabbitBusTransport({
            ...options,
            url: `amqp://127.0.0.1:${faults.port}?heartbeat=2`,
          }),
        undisturbed: () => new RabbitBusTransport(options),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            transport: () =>
              new RabbitBusTransport({ ...options, url: `amqp://127.0.0.1:${server.port}` }),
          };
        },
        processes,
        close: () =>
          closeAll(
            () => processes.close(),
            () => faults.close(),
            () => rmSync(folder, { recursive: true }),
            () => removeExchange(options.exchange),
          ),
      };
    },
    { ...RABBIT_BUS, faults: true, restart: own.isWanted, kill: true },
  );
});
