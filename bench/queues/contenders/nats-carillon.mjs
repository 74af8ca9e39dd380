/** Carillon in JetStream. */
import { jetStreamQueue } from '../../../dist/src/providers/nats/index.js';
import { carillonQueue } from '../carillon.mjs';
import { natsSpace } from '../nats-space.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { servers, prefix, clear } = natsSpace();
  return carillonQueue(jetStreamQueue({ servers, prefix }), concurrency, clear);
}
