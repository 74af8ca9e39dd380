/** Carillon on RabbitMQ. Needs `amqplib`. */
export type { RabbitOptions } from './rabbit-connection.js';
export { RABBIT_QUEUE, type RabbitQueueOptions, rabbitQueue } from './rabbit-queue.js';
