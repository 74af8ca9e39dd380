/** amqplib alone: a quorum queue, confirmed publishes, and one acknowledgement for each message. */
import { connect } from 'amqplib';
import { BATCH } from '../cases.mjs';
import { rabbitSpace } from '../rabbit-space.mjs';

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 */
export async function openQueue(concurrency, content) {
  const { url, prefix, clear } = rabbitSpace();
  const model = await connect(url, { noDelay: true });
  const [publisher, worker] = [await model.createConfirmChannel(), await model.createChannel()];
  const name = `${prefix}:jobs`;
  await worker.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await worker.prefetch(concurrency);
  let enqueued = 0;
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        for (let step = 0; step < Math.min(left, BATCH); step += 1) {
          publisher.publish('', name, Buffer.from(content), {
            persistent: true,
            mandatory: true,
            messageId: crypto.randomUUID(),
          });
        }
        await publisher.waitForConfirms();
      }
      enqueued += count;
    },
    work: async () => {
      let done = 0;
      await new Promise((resolve) => {
        void worker.consume(name, (message) => {
          const text = message?.content.toString() ?? 'null';
          if (JSON.parse(text) === null || text.length !== content.length)
            throw new Error('It came otherwise than it went.');
          done += 1;
          worker.ack(message);
          if (done === enqueued) resolve(undefined);
        });
      });
      // It is answered after all acknowledgements before it.
      while ((await worker.checkQueue(name)).messageCount > 0)
        await new Promise((resolve) => setImmediate(resolve));
      return done;
    },
    close: async () => {
      await model.close();
      await clear();
    },
  };
}
