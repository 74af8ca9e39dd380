/** The bus on a stream of Redis, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeBusTransport } from 'carillon/compliance';
import { REDIS_BUS, RedisBusTransport } from 'carillon/redis';
import { Redis } from 'ioredis';
import { closeAll } from '../support/close-all.js';
import { busProcesses } from '../support/engine-processes.js';
import { REDIS } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 6379;

await withService('Redis', PORT, () => {
  const own = ownServer(REDIS);
  const cleaner = new Redis(PORT, { lazyConnect: true });

  afterAll(() => cleaner.disconnect());

  describeBusTransport(
    'Redis',
    async () => {
      const stream = `test:${randomUUID()}`;
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-redis-'));
      const processes = busProcesses('redis', { stream, leaseTime: 3000 }, folder);
      return {
        transport: () => new RedisBusTransport({ url: `redis://127.0.0.1:${faults.port}`, stream }),
        undisturbed: () => new RedisBusTransport({ url: `redis://127.0.0.1:${PORT}`, stream }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            transport: () =>
              new RedisBusTransport({
                url: `redis://127.0.0.1:${server.port}`,
                stream,
                leaseTime: 3000,
              }),
          };
        },
        processes,
        close: () =>
          closeAll(
            () => processes.close(),
            () => faults.close(),
            () => rmSync(folder, { recursive: true }),
            () => cleaner.del(stream),
          ),
      };
    },
    { ...REDIS_BUS, faults: true, restart: own.isWanted, kill: true },
  );
});
