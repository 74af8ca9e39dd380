/** Queues on an engine. A program that has none carries nothing of what they need. */

import type { QueueEngine, QueueProvider } from '../queue-provider.js';
import { EngineBackend } from './engine-backend.js';

/**
 * Makes what `events({ queues })` takes from an engine.
 *
 * @param engine what it is called, what it can do, and how a queue of it is opened
 * @example
 * export const carrierQueue = (options: CarrierOptions) =>
 *   remoteQueue({ name: 'carrier', capabilities, open: async (queue) => new CarrierQueue(queue, options) });
 */
export function remoteQueue(engine: QueueEngine): QueueProvider {
  const { name, capabilities } = engine;
  return {
    name,
    capabilities,
    open: (queue, context) => engine.open(queue, context),
    attach: (place) => new EngineBackend(engine, place),
  };
}
