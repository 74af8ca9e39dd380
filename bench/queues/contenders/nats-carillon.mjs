/** Carillon in JetStream. */
import { jetStreamQueue } from 'carillon/nats';
import { carillonQueue } from '../carillon.mjs';
import { natsSpace } from '../nats-space.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { servers, prefix, clear } = natsSpace();
  return carillonQueue(jetStreamQueue({ servers, prefix }), concurrency, clear);
}
