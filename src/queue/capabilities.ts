/** What an engine can do, as the difference to an engine that can do nothing but store messages and give them out. */
import type { QueueCapabilities } from './queue-provider.js';

/** Every capability is missing. */
const NONE: QueueCapabilities = {
  durable: false,
  crossProcess: false,
  delay: false,
  priority: false,
  orderingKey: false,
  onRetry: [],
  rateLimit: false,
  dedup: false,
  ttl: false,
  cancel: false,
  reschedule: false,
  status: false,
  deadLetters: false,
  inbox: false,
  transactions: false,
  manual: false,
  presence: false,
};

/**
 * Completes the capabilities of an engine: what is not listed is `false`, and `onRetry` is empty. For authors of engines, so that a
 * capability added later is missing in their engine until they say otherwise.
 *
 * @param present what the engine can do
 * @example
 * const CARRIER_QUEUE = queueCapabilities({ durable: true, crossProcess: true, delay: true, deadLetters: true });
 */
export function queueCapabilities(present: Partial<QueueCapabilities>): QueueCapabilities {
  return { ...NONE, ...present };
}
