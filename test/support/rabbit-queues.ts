/** Removes what the tests leave in RabbitMQ. */
import { connect } from 'amqplib';

/** The exchange of a bus; its queues expire. */
export async function removeExchange(exchange: string, port = 5672): Promise<void> {
  const model = await connect(`amqp://127.0.0.1:${port}`);
  await (await model.createChannel()).deleteExchange(exchange);
  await model.close();
}

/** Everything that `rabbitQueue` has made for one queue, which has its prefix for itself; what is not there is no fault. */
export async function removeQueues(prefix: string, queue: string, port = 5672): Promise<void> {
  const due = `${prefix}:${queue}`;
  const waiting = Array.from({ length: 31 }, (_, bit) => `${prefix}:wait:${16 * 2 ** bit}`);
  const model = await connect(`amqp://127.0.0.1:${port}`);
  const channel = await model.createChannel();
  await Promise.all([
    ...[due, `${due}:dead`, `${prefix}:wait:lost`, ...waiting].map((name) =>
      channel.deleteQueue(name),
    ),
    ...[`${prefix}:wait:due`, `${prefix}:wait:lost`, ...waiting].map((name) =>
      channel.deleteExchange(name),
    ),
  ]);
  await model.close();
}
