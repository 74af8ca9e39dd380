/** Workers that end while their engine is down or silent: nothing of theirs is left, and their process exits. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/program.js';
import { removeQueues } from '../support/rabbit-queues.js';
import { administer, removeKeys, removeStreams } from '../support/remove-queues.js';
import { withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PROGRAM = join(PROJECT, 'test/support/queue-end.mjs');
const prefix = `test_${randomUUID().replaceAll('-', '')}`;

const engines = [
  {
    name: 'Redis',
    entry: 'redis',
    port: 6379,
    optionsAt: (port: number) => ({ url: `redis://127.0.0.1:${port}`, prefix }),
    clean: () => removeKeys(prefix),
  },
  {
    name: 'NATS',
    entry: 'nats',
    port: 4222,
    optionsAt: (port: number) => ({ servers: `127.0.0.1:${port}`, prefix }),
    clean: () => removeStreams(prefix),
  },
  {
    name: 'PostgreSQL',
    entry: 'postgres',
    port: 5432,
    optionsAt: (port: number) => ({
      url: `postgres://postgres@127.0.0.1:${port}/test`,
      connection: { options: `-c search_path=${prefix}` },
    }),
    prepare: () => administer(`CREATE SCHEMA ${prefix}`),
    clean: () => administer(`DROP SCHEMA ${prefix} CASCADE`),
  },
  {
    name: 'RabbitMQ',
    entry: 'rabbitmq',
    port: 5672,
    optionsAt: (port: number) => ({ url: `amqp://127.0.0.1:${port}`, prefix }),
    clean: () => removeQueues(prefix, 'jobs'),
  },
];

for (const { name, entry, port, optionsAt, prepare, clean } of engines) {
  await withService(name, port, () => {
    describe(`a worker on ${name}`, () => {
      let proxy: TcpProxy | undefined;

      beforeAll(async () => prepare?.());

      afterEach(() => proxy?.close());

      afterAll(clean);

      it.each([
        ['is there', async () => undefined],
        ['is down', (faults: TcpProxy) => faults.cut()],
        ['is silent', (faults: TcpProxy) => faults.silence()],
      ])(
        'L17 leaves nothing open after stop() while the engine %s, and exits',
        async (_, disturb) => {
          proxy = await TcpProxy.to(port);
          const child = fork(PROGRAM, [entry, JSON.stringify(optionsAt(proxy.port))], {
            execArgv: [],
          });
          const exited = once(child, 'exit');
          await once(child, 'message');

          await disturb(proxy);
          child.send('stop');
          const [open] = await once(child, 'message');
          const [code] = await exited;

          expect(open).toEqual([]);
          expect(code).toBe(0);
        },
      );
    });
  });
}
