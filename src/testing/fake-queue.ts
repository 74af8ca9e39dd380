/** A queue for tests that records every message and delivers none. */
import type { EventKey } from '../../decorators/event-key.js';
import { eventTypeOf } from '../../decorators/event-type.js';
import { decodeEnvelope } from '../events/envelope.js';
import { queueCapabilities } from '../queue/capabilities.js';
import { remoteQueue } from '../queue/engine/remote-queue.js';
import type { QueueProvider } from '../queue/queue-options.js';
import type { OutgoingMessage, ProviderQueue } from '../queue/queue-provider.js';

/** A message that was accepted: one for each handler that its event has, and one where it has none. */
export interface FakeMessage extends Omit<OutgoingMessage, 'body'> {
  /** The name of the queue. */
  readonly queue: string;
  /** The serialised payload: plain data. */
  readonly data: unknown;
}

/** What a queue's `provider` may be; made by {@link fakeQueue}. */
export interface FakeQueue extends QueueProvider {
  /** Every accepted message, in order. */
  readonly messages: readonly FakeMessage[];
  /** The messages of the event. */
  deferred(event: EventKey): readonly FakeMessage[];
  /** Discards what was accepted so far, and the deduplication keys. */
  clear(): void;
}

const CAPABILITIES = /* @__PURE__ */ queueCapabilities({
  durable: true,
  crossProcess: true,
  delay: true,
  priority: true,
  orderingKey: 'everywhere',
  onRetry: ['block', 'pass'],
  rateLimit: true,
  dedup: true,
  ttl: true,
  cancel: true,
  inbox: true,
  transactions: true,
});

/**
 * Makes a provider that records what is deferred instead of delivering it. As on any engine, an event class needs a name by `@EventType`.
 *
 * @example
 * const mails = fakeQueue();
 * container.register(events({ queues: { mails: { provider: mails } } }));
 */
export function fakeQueue(): FakeQueue {
  let messages: FakeMessage[] = [];
  const remembered = new Set<string>();

  const accept = (queue: string, { body, ...message }: OutgoingMessage) => {
    const { dedup } = message;
    if (dedup !== undefined) {
      const key = JSON.stringify([queue, dedup.key]);
      if (remembered.has(key)) return 'duplicate';
      remembered.add(key);
    }
    messages.push({ ...message, queue, data: decodeEnvelope(body).data });
    return 'accepted';
  };

  const open = async (queue: string): Promise<ProviderQueue> => ({
    enqueue: async (outgoing) => outgoing.map((message) => accept(queue, message)),
    consume: async () => ({
      pause: () => undefined,
      resume: () => undefined,
      stop: async () => undefined,
    }),
    // What nobody here works off is no work that anybody waits for.
    counts: async () => ({ waiting: 0, delayed: 0, active: 0, dead: 0 }),
    ping: async () => undefined,
    cancel: async (id) => {
      const before = messages.length;
      messages = messages.filter((message) => message.id !== id);
      return messages.length < before;
    },
    close: async () => undefined,
  });

  return {
    ...remoteQueue({ name: 'fake', capabilities: CAPABILITIES, open }),
    get messages() {
      return messages;
    },
    deferred: (event) => messages.filter((message) => message.event === nameOf(event)),
    clear: () => {
      messages = [];
      remembered.clear();
    },
  };
}

function nameOf(event: EventKey): string | undefined {
  if (typeof event === 'string') return event;
  return typeof event === 'object' ? event.name : eventTypeOf(event)?.name;
}
