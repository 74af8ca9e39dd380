/** The client of JetStream alone: a stream that keeps what is not done, and a consumer whose acknowledgements are confirmed. */
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { BATCH } from '../cases.mjs';
import { natsSpace } from '../nats-space.mjs';

/**
 * @param {number} concurrency
 * @param {string} content what a message holds: JSON
 */
export async function openQueue(concurrency, content) {
  const { servers, prefix, clear } = natsSpace();
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
  const [stream, subject] = [`${prefix}-jobs`, `${prefix}.jobs`];
  await manager.streams.add({
    name: stream,
    subjects: [subject],
    retention: RetentionPolicy.Workqueue,
  });
  const worker = {
    durable_name: 'workers',
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: concurrency,
  };
  await manager.consumers.add(stream, worker);
  let enqueued = 0;
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        const ids = Array.from({ length: Math.min(left, BATCH) }, () => crypto.randomUUID());
        await Promise.all(ids.map((msgID) => client.publish(subject, content, { msgID })));
      }
      enqueued += count;
    },
    work: async () => {
      const consumer = await client.consumers.get(stream, worker.durable_name);
      let done = 0;
      /** @type {() => void} */
      let finished = () => undefined;
      const all = new Promise((resolve) => {
        finished = () => resolve(undefined);
      });
      const messages = await consumer.consume({
        max_messages: Math.max(2, concurrency),
        callback: async (message) => {
          const text = message.string();
          if (JSON.parse(text) === null || text.length !== content.length)
            throw new Error('It came otherwise than it went.');
          await message.ackAck();
          done += 1;
          if (done === enqueued) finished();
        },
      });
      await all;
      await messages.close();
      return done;
    },
    close: async () => {
      await connection.close();
      await clear();
    },
  };
}
