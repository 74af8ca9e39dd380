/** Queues in RabbitMQ, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeQueueProvider } from 'carillon/compliance';
import { RABBIT_QUEUE, rabbitQueue } from 'carillon/rabbitmq';
import { closeAll } from '../support/close-all.js';
import { queueProcesses } from '../support/engine-processes.js';
import { removeQueues } from '../support/rabbit-queues.js';
import { RABBITMQ } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 5672;

/** No slow machine exceeds it. */
const PATIENT = { patience: 20_000 };

await withService('RabbitMQ', PORT, () => {
  const own = ownServer(RABBITMQ);
  describeQueueProvider(
    'RabbitMQ',
    async () => {
      const prefix = `test-${randomUUID()}`;
      const options = { prefix, patience: 5000 };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-rabbitmq-'));
      const processes = queueProcesses('rabbitmq', options, folder);
      return {
        // A silent connection is noticed, and its messages given to others, after two of these seconds.
        options: () => ({
          provider: rabbitQueue({ ...options, url: `amqp://127.0.0.1:${faults.port}?heartbeat=2` }),
        }),
        undisturbed: () => ({ provider: rabbitQueue({ ...options, ...PATIENT }) }),
        patient: () => ({ provider: rabbitQueue({ ...options, ...PATIENT }) }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            options: () => ({
              // A server that has just started is slow at first on a busy machine.
              provider: rabbitQueue({
                ...options,
                ...PATIENT,
                url: `amqp://127.0.0.1:${server.port}`,
              }),
            }),
          };
        },
        processes,
        close: (queues) =>
          closeAll(
            () => processes.close(),
            () => faults.close(),
            () => rmSync(folder, { recursive: true }),
            () => removeQueues(prefix, queues),
          ),
      };
    },
    { ...RABBIT_QUEUE, faults: true, restart: own.isWanted, kill: true },
  );
});
