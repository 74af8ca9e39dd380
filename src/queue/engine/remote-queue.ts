/** Makes a queue provider of an engine. A program without an engine does not carry this code. */
import type { QueueProvider } from '../queue-options.js';
import type { QueueEngine } from '../queue-provider.js';
import { EngineBackend } from './engine-backend.js';

/**
 * Makes the `provider` of a queue from an engine.
 *
 * @param engine its name, its capabilities, and how it opens a queue
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
    join: (transaction) => (engine.join === undefined ? transaction : engine.join(transaction)),
    attach: (context) => new EngineBackend(engine, context),
  };
}
