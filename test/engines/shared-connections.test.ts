/** The queues of one provider share its connections. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from '@jest/globals';
import type { CarillonError, QueueProvider } from 'carillon';
import type { ProviderQueue } from 'carillon/engine';
import { jetStreamQueue } from 'carillon/nats';
import { rabbitQueue } from 'carillon/rabbitmq';
import { redisQueue } from 'carillon/redis';
import { Recorder } from '../../src/compliance/waiting.js';
import { realClock } from '../../src/dispatch/real-clock.js';
import { closeAll } from '../support/close-all.js';
import { removeQueues } from '../support/rabbit-queues.js';
import { removeKeys, removeStreams } from '../support/remove-queues.js';
import { withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** An engine, and how many connections its queues may have. */
interface Engine {
  readonly name: string;
  readonly port: number;
  /** With every one of them subscribed. */
  connections(queues: number): number;
  provider(port: number, prefix: string): QueueProvider;
  remove(prefix: string, queues: readonly string[]): Promise<void>;
}

const ENGINES: readonly Engine[] = [
  {
    name: 'RabbitMQ',
    port: 5672,
    connections: () => 2,
    provider: (port, prefix) =>
      rabbitQueue({ url: `amqp://127.0.0.1:${port}`, prefix, patience: 20_000 }),
    remove: async (prefix, queues) => {
      for (const queue of queues) await removeQueues(prefix, queue);
    },
  },
  {
    name: 'NATS',
    port: 4222,
    connections: () => 1,
    provider: (port, prefix) =>
      jetStreamQueue({ servers: `127.0.0.1:${port}`, prefix, patience: 20_000 }),
    remove: (prefix) => removeStreams(prefix),
  },
  {
    name: 'Redis',
    port: 6379,
    // Each worker has its own for blocking reads.
    connections: (queues) => 2 + queues,
    provider: (port, prefix) =>
      redisQueue({ url: `redis://127.0.0.1:${port}`, prefix, patience: 20_000 }),
    remove: (prefix) => removeKeys(prefix),
  },
];

const MANY = Array.from({ length: 20 }, (_, index) => `queue-${index}`);

/** What a test has open. */
const opened: (() => unknown)[] = [];

afterEach(() => closeAll(...opened.splice(0)));

for (const engine of ENGINES) {
  await withService(engine.name, engine.port, () => {
    async function shared(names: readonly string[]) {
      const proxy = await TcpProxy.to(engine.port);
      const prefix = `test-${randomUUID()}`;
      const provider = engine.provider(proxy.port, prefix);
      const errors: CarillonError[] = [];
      const context = { clock: realClock, report: (error: CarillonError) => errors.push(error) };
      const queues = await Promise.all(names.map((name) => provider.open(name, context)));
      opened.push(
        () => proxy.mend(),
        () => Promise.all(queues.map((queue) => queue.close())),
        () => proxy.close(),
        () => engine.remove(prefix, names),
      );
      return { proxy, queues, errors };
    }

    async function consumeAll(queues: readonly ProviderQueue[]): Promise<Recorder<string>> {
      const done = new Recorder<string>();
      for (const queue of queues) {
        await queue.consume({ concurrency: 1, onRetry: 'block' }, ({ body }) => {
          done.record(body.toString());
          return { type: 'done' };
        });
      }
      return done;
    }

    async function sendAll(queues: readonly ProviderQueue[], names: readonly string[]) {
      await Promise.all(
        queues.map((queue, index) =>
          queue.enqueue([{ id: randomUUID(), event: 'job', body: names[index] ?? '' }]),
        ),
      );
    }

    it(`Q29 ${MANY.length} queues of one provider on ${engine.name} share its connections, which are gone with the last of them`, async () => {
      const { proxy, queues, errors } = await shared(MANY);
      const done = await consumeAll(queues);

      await sendAll(queues, MANY);
      await done.count(MANY.length);
      const whenFull = proxy.connections;
      await Promise.all(queues.slice(1).map((queue) => queue.close()));
      await sendAll(queues.slice(0, 1), MANY);
      await done.count(MANY.length + 1);
      await queues[0]?.close();
      while (proxy.connections > 0) await new Promise((resolve) => setTimeout(resolve, 10));

      expect([...done.items].sort()).toEqual([...MANY, 'queue-0'].sort());
      expect(whenFull).toBe(engine.connections(MANY.length));
      expect(errors).toEqual([]);
    }, 240_000);

    it(`Q9 Q26 a lost connection on ${engine.name} is told once, and each of its queues works on`, async () => {
      const names = MANY.slice(0, 3);
      const { proxy, queues, errors } = await shared(names);
      const done = await consumeAll(queues);

      await proxy.cut();
      await proxy.mend();
      for (const [index, queue] of queues.entries()) {
        let isSent = false;
        while (!isSent) {
          isSent = await sendAll([queue], names.slice(index, index + 1)).then(
            () => true,
            () => false,
          );
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      await done.until(() => names.every((name) => done.items.includes(name)));

      // One for each of the connections that were lost.
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.length).toBeLessThanOrEqual(engine.connections(names.length));
    }, 240_000);
  });
}
