/** An engine whose deliveries the test makes itself. */
import {
  type ConsumeOptions,
  type Outcome,
  type OutgoingMessage,
  type ProviderQueue,
  type QueueDelivery,
  queueCapabilities,
  remoteQueue,
  type Work,
} from 'carillon/engine';
import type { QueueEngine } from './queue-engines.js';

export function engineByHand(
  enqueue: (messages: readonly OutgoingMessage[]) => Promise<never[]> = async () => [],
) {
  let deliver: Work | undefined;
  let asked: ConsumeOptions | undefined;
  const queue = {
    enqueue,
    consume: async (options: ConsumeOptions, work: Work) => {
      asked = options;
      deliver = work;
      return { pause() {}, resume() {}, stop: async () => undefined };
    },
    close: async () => undefined,
  };
  const provider = remoteQueue({
    name: 'by hand',
    capabilities: queueCapabilities({ durable: true, crossProcess: true }),
    open: async () => queue as unknown as ProviderQueue,
  });
  const engine: QueueEngine = {
    file: undefined,
    options: () => ({ provider }),
    close: () => undefined,
  };
  const outcome = async (delivery: object, attempt: number): Promise<Outcome> =>
    (deliver as Work)(Object.assign(Object.create(delivery), { attempt }) as QueueDelivery);
  /** What the application has asked of the engine. */
  const consuming = () => asked;
  return { engine, outcome, consuming };
}

export const STORED = {
  id: '1',
  handler: undefined,
  body: JSON.stringify({ specversion: '1.0', id: '1', source: '/', type: 'job', data: 1 }),
  expired: false,
  progress() {},
  log() {},
};
