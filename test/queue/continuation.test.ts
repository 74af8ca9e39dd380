/** What the messages of one story have in common, wherever they are sent from. */
import { describe, expect, it } from '@jest/globals';
import { Deferred, type Delivery, EventQueue, type MessageFacts, On, ScopedEmitter } from 'carillon';
import { type EventsOptions, start, stop } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { SharedQueues } from '../support/shared-queues.js';

/** Sends `next` in that way while it hears `first`, whose handler takes nothing but the payload. */
async function heardAfter(send: (queue: EventQueue, emitter: ScopedEmitter) => unknown, options: EventsOptions = {}) {
  const engine = new SharedQueues();
  const { container } = rootContainer({ queues: { default: { provider: engine.provider() } }, ...options });
  const [queue, emitter] = [container.get(EventQueue), container.get(ScopedEmitter)];
  const came = gate<MessageFacts | undefined>();
  class Clerk {
    @Deferred('first', { id: 'first' })
    first(_: unknown) {
      return send(queue, emitter);
    }

    @On('told')
    told() {
      void queue.defer('next', 1);
    }

    @Deferred('next', { id: 'next' })
    next(_: unknown, { message }: Delivery) {
      came.open(message);
    }
  }
  build(container, Clerk);
  await start(container);
  await queue.defer('first', 1, { id: 'message-1' });
  const facts = await came.promise;
  await stop(container);
  engine.close();
  return facts;
}

describe('Q11 a message that a handler sends', () => {
  const continued = { correlationId: 'message-1', causationId: 'message-1' };

  it('names the message that its handler hears as its cause', async () => {
    const facts = await heardAfter((queue) => void queue.defer('next', 1));

    expect(facts).toMatchObject(continued);
  });

  it('does so when a handler sends it that hears an event of that handler', async () => {
    const facts = await heardAfter((_, emitter) => emitter.emit('told', 1));

    expect(facts).toMatchObject(continued);
  });

  it('does so after an await, where the platform tells', async () => {
    const later = async (queue: EventQueue) => {
      await Promise.resolve();
      await queue.defer('next', 1);
    };

    expect(await heardAfter(later, { context: asyncContext() })).toMatchObject(continued);
    expect(await heardAfter(later)).not.toHaveProperty('causationId');
  });
});
