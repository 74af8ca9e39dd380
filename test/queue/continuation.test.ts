/** What the messages of one story have in common, wherever they are sent from. */
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  EventQueue,
  type MessageFacts,
  On,
  realTime,
  ScopedEmitter,
} from 'carillon';
import { type EventsOptions, start, stop } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { SharedQueues } from '../support/shared-queues.js';

type Send = (queue: EventQueue, emitter: ScopedEmitter) => unknown;

const engines: readonly [
  where: string,
  open: () => { readonly options: EventsOptions; close(): void },
][] = [
  ['in memory', () => ({ options: { clock: realTime({ tick: 16 }) }, close: () => undefined })],
  [
    'on an engine',
    () => {
      const engine = new SharedQueues();
      return {
        options: { queues: { default: { provider: engine.provider() } } },
        close: () => engine.close(),
      };
    },
  ],
];

describe.each(engines)('Q11 a message that a handler sends %s', (_, open) => {
  const continued = { correlationId: 'message-1', causationId: 'message-1' };

  /** Sends `next` in that way while it hears `first`, by a handler that takes nothing but the payload. */
  async function heardAfter(topic: 'first' | 'slow', send: Send, more: EventsOptions = {}) {
    const engine = open();
    const { container } = rootContainer({ ...engine.options, ...more });
    const [queue, emitter] = [container.get(EventQueue), container.get(ScopedEmitter)];
    const came = gate<MessageFacts | undefined>();
    class Clerk {
      @Deferred('first', { id: 'first' })
      first(_: unknown) {
        send(queue, emitter);
      }

      @Deferred('slow', { id: 'slow' })
      async slow(_: unknown) {
        await send(queue, emitter);
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
    await queue.defer(topic as string, 1, { id: 'message-1' });
    const facts = await came.promise;
    await stop(container);
    engine.close();
    return facts;
  }

  const later: Send = async (queue) => {
    await Promise.resolve();
    await queue.defer('next', 1);
  };

  it('names the message that its handler hears as its cause', async () => {
    const facts = await heardAfter('first', (queue) => void queue.defer('next', 1));

    expect(facts).toMatchObject(continued);
  });

  it('does so when it is sent with options, or with others', async () => {
    const facts = await heardAfter(
      'slow',
      (queue) => void queue.deferAll([['next', 1, { ttl: 60_000 }]]),
    );

    expect(facts).toMatchObject(continued);
  });

  it('does so when a handler sends it that hears an event of that handler', async () => {
    const facts = await heardAfter('first', (_, emitter) => emitter.emit('told', 1));

    expect(facts).toMatchObject(continued);
  });

  it('does so after an await, where the platform tells', async () => {
    const facts = await heardAfter('slow', later, { context: asyncContext() });

    expect(facts).toMatchObject(continued);
  });

  it('L23 does so once the handler of that message has settled, where the platform tells', async () => {
    const engine = open();
    const { container } = rootContainer({ ...engine.options, context: asyncContext() });
    const [queue, emitter] = [container.get(EventQueue), container.get(ScopedEmitter)];
    const came = gate<MessageFacts | undefined>();
    const door = gate();
    class Clerk {
      @Deferred('first', { id: 'first' })
      async first() {
        emitter.emit('told', 1);
      }

      @On('told')
      async told() {
        await door.promise;
        emitter.emit('told again', 1);
      }

      @On('told again')
      async toldAgain() {
        await queue.defer('next', 1);
      }

      /** Begins once the first message is done. */
      @Deferred('second', { id: 'second' })
      second() {
        door.open();
      }

      @Deferred('next', { id: 'next' })
      next(_: unknown, { message }: Delivery) {
        came.open(message);
      }
    }
    build(container, Clerk);
    await start(container);
    await queue.defer('first' as string, 1, { id: 'message-1' });
    await queue.defer('second' as string, 1);
    const facts = await came.promise;
    await stop(container);
    engine.close();

    expect(facts).toMatchObject(continued);
  });

  it('begins a story of its own after an await, where the platform does not tell', async () => {
    const facts = await heardAfter('slow', later);

    expect(facts).not.toHaveProperty('causationId');
  });
});
