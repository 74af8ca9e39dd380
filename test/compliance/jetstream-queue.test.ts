/** Queues in JetStream, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { JETSTREAM_QUEUE, jetStreamQueue } from 'carillon/nats';
import { describeQueueProvider } from 'carillon/testing';
import { queueProcesses } from '../support/queue-processes.js';
import { withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 4222;

await withService('NATS', PORT, () => {
  let connection: NatsConnection;
  let manager: JetStreamManager;

  beforeAll(async () => {
    connection = await connect({ servers: `127.0.0.1:${PORT}` });
    manager = await jetstreamManager(connection);
  });

  afterAll(() => connection.close());

  describeQueueProvider(
    'JetStream',
    async () => {
      const options = { prefix: `test-${randomUUID()}`, lease: 1500, patience: 1500 };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-jetstream-'));
      const processes = queueProcesses('nats', options, folder);
      return {
        options: () => ({ provider: jetStreamQueue({ ...options, servers: `127.0.0.1:${faults.port}` }) }),
        undisturbed: () => ({ provider: jetStreamQueue(options) }),
        faults,
        processes,
        close: async () => {
          await processes.close();
          await faults.close();
          rmSync(folder, { recursive: true });
          for await (const name of manager.streams.names()) {
            if (name.startsWith(options.prefix)) await manager.streams.delete(name);
          }
        },
      };
    },
    { ...JETSTREAM_QUEUE, faults: true, kill: true },
  );
});
