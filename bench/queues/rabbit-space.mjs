/** Queues of RabbitMQ under a name of their own, and removed again. */
import { connect } from 'amqplib';

export const RABBIT_PORT = 5672;

let spaces = 0;

export function rabbitSpace() {
  spaces += 1;
  const url = `amqp://127.0.0.1:${RABBIT_PORT}`;
  const prefix = `bench-${process.pid}-${spaces}`;
  return {
    url,
    prefix,
    clear: async () => {
      const model = await connect(url);
      const channel = await model.createChannel();
      for (const name of [`${prefix}:jobs`, `${prefix}:jobs:dead`]) await channel.deleteQueue(name);
      await channel.close();
      await model.close();
    },
  };
}
