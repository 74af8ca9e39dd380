/** Queues in JetStream, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeQueueProvider } from 'carillon/compliance';
import { JETSTREAM_QUEUE, jetStreamQueue } from 'carillon/nats';
import { closeAll } from '../support/close-all.js';
import { queueProcesses } from '../support/engine-processes.js';
import { removeStreams } from '../support/remove-queues.js';
import { NATS } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 4222;

/** No slow machine exceeds them. */
const PATIENT = { leaseTime: 60_000, patience: 20_000 };

await withService('NATS', PORT, () => {
  const own = ownServer(NATS);
  describeQueueProvider(
    'JetStream',
    async () => {
      const options = { prefix: `test-${randomUUID()}`, leaseTime: 4000, patience: 5000 };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-jetstream-'));
      const processes = queueProcesses('nats', options, folder);
      return {
        options: () => ({
          provider: jetStreamQueue({ ...options, servers: `127.0.0.1:${faults.port}` }),
        }),
        undisturbed: () => ({
          provider: jetStreamQueue({ ...options, patience: PATIENT.patience }),
        }),
        patient: () => ({ provider: jetStreamQueue({ ...options, ...PATIENT }) }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            options: () => ({
              provider: jetStreamQueue({
                ...options,
                servers: `127.0.0.1:${server.port}`,
                patience: PATIENT.patience,
              }),
            }),
          };
        },
        processes,
        close: () =>
          closeAll(
            () => processes.close(),
            () => faults.close(),
            () => rmSync(folder, { recursive: true }),
            () => removeStreams(options.prefix),
          ),
      };
    },
    { ...JETSTREAM_QUEUE, faults: true, leaseClock: true, restart: own.isWanted, kill: true },
  );
});
