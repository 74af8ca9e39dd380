/** A RabbitMQ that is stopped, and killed in the middle of everything, and started again. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProviderQueue } from 'carillon';
import { RabbitBusTransport, rabbitQueue } from 'carillon/rabbitmq';
import { realClock } from '../../src/scope/runtime.js';
import { hasRabbitServer, RabbitServer } from '../support/rabbit-server.js';

const LONG = 120_000;

const isNeeded = hasRabbitServer || process.env['CARILLON_REQUIRE_SERVICES'] === '1';

(isNeeded ? describe : describe.skip)('a RabbitMQ that is started again', () => {
  const heard = new Set<string>();
  const done = new Set<string>();
  let server: RabbitServer;
  let queue: ProviderQueue;
  let bus: RabbitBusTransport;

  beforeAll(async () => {
    server = await RabbitServer.create();
    await server.start();
    queue = await rabbitQueue({ url: server.url, patience: 3000 }).open('jobs', { clock: realClock, report: () => undefined });
    await queue.consume({ concurrency: 5, failedHead: 'block' }, async ({ body }) => {
      await pause();
      done.add(String(body));
      return { type: 'done' };
    });
    await queue.enqueue([message('waits over both', 60_000), message('waits over one', 1)]);
    bus = new RabbitBusTransport({ url: server.url });
    await bus.connect({ failed: () => undefined });
    for (const group of ['mailers', undefined]) {
      const deliver = async (text: string | Uint8Array) => {
        await pause();
        heard.add(`${group} ${text}`);
        return 'done' as const;
      };
      await bus.subscribe({ topic: 'bell', group, prefetch: 1, deliver });
    }
    // A server without others knows a new quorum queue after its death only when it was on the disk for some seconds, or after an end in order.
    await server.stop();
    await server.start();
  }, LONG);

  afterAll(async () => {
    await queue.close();
    await bus.close();
    await server.remove();
  }, LONG);

  it(
    'Q1 Q9 has lost nothing that was accepted when it was killed, and is worked on again',
    async () => {
      const accepted = new Set<string>();
      let isOver = false;
      const publishing = (async () => {
        for (let n = 1; !isOver; n += 1) {
          try {
            // Some wait over the restart.
            await queue.enqueue([message(String(n), n % 5 === 0 ? 2000 : 0)]);
            accepted.add(String(n));
          } catch {
            await pause();
          }
        }
      })();
      await until(() => accepted.size > 200);
      const texts = Array.from({ length: 30 }, (_, number) => String(number));
      await Promise.all(texts.map((text) => bus.publish({ topic: 'bell', id: text, text })));

      await server.kill();
      const [acceptedBefore, heardBefore] = [accepted.size, heard.size];
      await server.start();
      await until(() => accepted.size > acceptedBefore + 100);
      isOver = true;
      await publishing;
      await until(() => [...accepted].every((body) => done.has(body)));
      await until(() => heard.size >= 2 * texts.length);

      expect([...accepted].filter((body) => !done.has(body))).toEqual([]);
      expect(await queue.counts()).toEqual({ waiting: 0, delayed: 1, active: 0, dead: 0 });
      expect(heardBefore).toBeLessThan(2 * texts.length);
      expect(heard.size).toBe(2 * texts.length);
    },
    LONG,
  );
});

function message(body: string, delay: number) {
  return { id: randomUUID(), event: 'job', body, delay };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
