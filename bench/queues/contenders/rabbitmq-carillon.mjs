/** Carillon in RabbitMQ. */
import { rabbitQueue } from 'carillon/rabbitmq';
import { carillonQueue } from '../carillon.mjs';
import { rabbitSpace } from '../rabbit-space.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { url, prefix, clear } = rabbitSpace();
  return carillonQueue(rabbitQueue({ url, prefix }), concurrency, clear);
}
