/** Carillon on RabbitMQ. Needs `amqplib`. */
export { RABBIT_BUS, type RabbitBusOptions, RabbitBusTransport, rabbitBus } from './rabbit-bus.js';
export type { RabbitOptions } from './rabbit-connection.js';
export { RABBIT_QUEUE, type RabbitQueueOptions, rabbitQueue } from './rabbit-queue.js';
