/** Carillon on RabbitMQ. Needs `amqplib`. */

export type { RabbitOptions } from './broker-link.js';
export { RABBIT_BUS, type RabbitBusOptions, RabbitBusTransport, rabbitBus } from './rabbit-bus.js';
export { RABBIT_QUEUE, type RabbitQueueOptions, rabbitQueue } from './rabbit-queue.js';
