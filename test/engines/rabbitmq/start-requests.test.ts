/** What a start with many queues asks RabbitMQ for. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from '@jest/globals';
import type { ProviderQueue } from 'carillon/engine';
import { rabbitQueue } from 'carillon/rabbitmq';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { AmqpRequests } from '../../support/amqp-requests.js';
import { closeAll } from '../../support/close-all.js';
import { removeQueues } from '../../support/rabbit-queues.js';
import { withService } from '../../support/service.js';

const PORT = 5672;
const NAMES = ['one', 'two', 'three', 'four'];

/** What a test has open. */
const opened: (() => unknown)[] = [];

afterEach(() => closeAll(...opened.splice(0)));

await withService('RabbitMQ', PORT, () => {
  async function startAll(port: number): Promise<ProviderQueue[]> {
    const prefix = `test-${randomUUID()}`;
    const provider = rabbitQueue({ url: `amqp://127.0.0.1:${port}`, prefix, patience: 20_000 });
    const queues: ProviderQueue[] = [];
    opened.unshift(
      () => Promise.all(queues.map((queue) => queue.close())),
      () => removeQueues(prefix, NAMES),
    );
    for (const name of NAMES) {
      const queue = await provider.open(name, { clock: realClock, report: () => undefined });
      queues.push(queue);
      await queue.consume({ concurrency: 1, onRetry: 'block' }, () => ({ type: 'done' }));
    }
    return queues;
  }

  it('Q29 a start declares each queue once, on a channel that all of them use, and each worker has one channel', async () => {
    const requests = await AmqpRequests.to(PORT);
    opened.push(() => requests.close());

    await startAll(requests.port);

    expect(requests.counts).toEqual({
      'channel.open': 1 + NAMES.length,
      // One for what is due, one for dead letters.
      'queue.declare': 2 * NAMES.length,
      'confirm.select': NAMES.length,
      'basic.qos': NAMES.length,
      'basic.consume': NAMES.length,
    });
  });

  it('Q29 the first message of a queue opens the channel for all that follow', async () => {
    const requests = await AmqpRequests.to(PORT);
    opened.push(() => requests.close());
    const [queue] = await startAll(requests.port);
    const { 'channel.open': before = 0 } = requests.counts;

    const send = () => queue?.enqueue([{ id: randomUUID(), event: 'job', body: '{}' }]);
    await Promise.all([send(), send(), send()]);
    await send();

    expect(requests.counts['channel.open']).toBe(before + 1);
  });
});
