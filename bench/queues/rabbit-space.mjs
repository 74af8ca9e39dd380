/** Queues of RabbitMQ under a name of their own, and removed again. */
import { connect } from 'amqplib';

export const RABBIT_PORT = 5672;

let spaces = 0;

export function rabbitSpace(port = RABBIT_PORT) {
  spaces += 1;
  const url = `amqp://127.0.0.1:${port}`;
  const prefix = `bench-${process.pid}-${spaces}`;
  return {
    url,
    prefix,
    clear: async (queues = ['jobs']) => {
      const model = await connect(url);
      const channel = await model.createChannel();
      for (const queue of queues) {
        await channel.deleteQueue(`${prefix}:${queue}`);
        await channel.deleteQueue(`${prefix}:${queue}:dead`);
      }
      await channel.close();
      await model.close();
    },
  };
}
