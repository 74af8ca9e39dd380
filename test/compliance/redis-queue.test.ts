/** Queues on Redis, kept by BullMQ, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeQueueProvider } from 'carillon/compliance';
import { REDIS_QUEUE, redisQueue } from 'carillon/redis';
import { Redis } from 'ioredis';
import { closeAll } from '../support/close-all.js';
import { queueProcesses } from '../support/engine-processes.js';
import { REDIS } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 6379;

/** No slow machine exceeds them. */
const PATIENT = { leaseTime: 60_000, patience: 20_000 };

await withService('Redis', PORT, () => {
  const own = ownServer(REDIS);
  const cleaner = new Redis(PORT, { lazyConnect: true });

  afterAll(() => cleaner.disconnect());

  describeQueueProvider(
    'Redis',
    async () => {
      const options = { prefix: `test-${randomUUID()}`, leaseTime: 4000, patience: 5000 };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-redis-'));
      const processes = queueProcesses('redis', options, folder);
      return {
        options: () => ({
          provider: redisQueue({ ...options, url: `redis://127.0.0.1:${faults.port}` }),
        }),
        undisturbed: () => ({
          provider: redisQueue({ ...options, patience: PATIENT.patience }),
        }),
        patient: () => ({ provider: redisQueue({ ...options, ...PATIENT }) }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            options: () => ({
              provider: redisQueue({
                ...options,
                url: `redis://127.0.0.1:${server.port}`,
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
            async () => {
              const keys = await cleaner.keys(`${options.prefix}:*`);
              if (keys.length > 0) await cleaner.del(keys);
            },
          ),
      };
    },
    { ...REDIS_QUEUE, faults: true, restart: own.isWanted, kill: true },
  );
});
