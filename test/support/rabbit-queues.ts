/** Removes what the tests leave in RabbitMQ. */
import { connect } from 'amqplib';
import { queueNames } from '../../src/engines/rabbitmq/queue-names.js';

/** The exchange of a bus; its queues expire. */
export async function removeExchange(exchange: string, port = 5672): Promise<void> {
  const model = await connect(`amqp://127.0.0.1:${port}`);
  await (await model.createChannel()).deleteExchange(exchange);
  await model.close();
}

/** Everything that `rabbitQueue` has made for the queues, which have their prefix for themselves; what is not there is no fault. */
export async function removeQueues(
  prefix: string,
  queues: string | readonly string[],
  port = 5672,
): Promise<void> {
  const due = [queues].flat().map((queue) => queueNames(prefix, queue));
  const waiting = Array.from({ length: 31 }, (_, bit) => `${prefix}:wait:${16 * 2 ** bit}`);
  const model = await connect(`amqp://127.0.0.1:${port}`);
  const channel = await model.createChannel();
  await Promise.all([
    ...[...due.flatMap((names) => [names.due, names.dead]), `${prefix}:wait:lost`, ...waiting].map(
      (name) => channel.deleteQueue(name),
    ),
    ...[`${prefix}:wait:due`, `${prefix}:wait:lost`, ...waiting].map((name) =>
      channel.deleteExchange(name),
    ),
  ]);
  await model.close();
}
