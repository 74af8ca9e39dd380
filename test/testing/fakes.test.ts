/** The bus and the queue that record what they are given and deliver nothing. */
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  Events,
  EventType,
  Subscribe,
} from 'carillon';
import { start, stop } from 'carillon/inversify';
import { fakeBus, fakeQueue, trackSession } from 'carillon/testing';
import { build, rootContainer } from '../support/container.js';

class OrderPlaced {
  constructor(readonly id: string) {}
}

class RushOrderPlaced extends OrderPlaced {}

@EventType({ name: 'kit.receipt-wanted' })
class ReceiptWanted {
  constructor(readonly id: string) {}
}

const Tick = defineEvent<number>('kit.tick');

describe('fakeBus', () => {
  it('has what was published, with any subscriber, and tells none of it', async () => {
    const heard: unknown[] = [];
    class Packer {
      @Subscribe(OrderPlaced, { group: 'packers', whenFull: 'reject' })
      pack(order: OrderPlaced) {
        heard.push(order);
      }
    }
    const bus = fakeBus();
    const { container, errors } = rootContainer({ bus });
    build(container, Packer);
    await start(container);
    const eventBus = container.get(EventBus);
    await eventBus.ready();

    await eventBus.publish(new RushOrderPlaced('1'));
    await container.get(Events).publish('order.packed', '1');
    await container.get(Events).publish(Tick, 16);
    const before = [
      bus.published(OrderPlaced),
      bus.published('order.*'),
      bus.published(Tick),
      bus.messages.length,
    ];
    bus.clear();
    await stop(container);

    expect(before).toEqual([[new RushOrderPlaced('1')], ['1'], [16], 3]);
    expect({ messages: bus.messages, heard, errors }).toEqual({
      messages: [],
      heard: [],
      errors: [],
    });
    await expect(eventBus.publish(Tick, 17)).rejects.toMatchObject({ code: 'CAR3001' });
  });
});

describe('fakeQueue', () => {
  const setUp = async () => {
    const heard: unknown[] = [];
    class Mail {
      @Deferred(ReceiptWanted, { queue: 'mails', id: 'send-receipt', idempotent: true })
      send(wanted: ReceiptWanted) {
        heard.push(wanted);
      }
    }
    const mails = fakeQueue();
    const { container, errors } = rootContainer({
      queues: {
        mails: { provider: mails, rateLimit: { max: 1, per: 1000 } },
        default: { provider: mails },
      },
    });
    build(container, Mail);
    await start(container);
    return { container, errors, mails, heard, queue: container.get(EventQueue) };
  };

  it('has what was deferred, for whom and how, and gives out nothing', async () => {
    const { container, errors, mails, heard, queue } = await setUp();

    await queue.defer(new ReceiptWanted('1'), { delay: 1000, priority: 5, orderingKey: 'ann' });
    await queue.within({}).defer(Tick, 16);
    await queue.ready();
    await trackSession(container).settled(() => queue.defer(new ReceiptWanted('2')));
    await stop(container);

    expect(mails.deferred(ReceiptWanted)).toMatchObject([
      {
        queue: 'mails',
        handler: 'send-receipt',
        event: 'kit.receipt-wanted',
        data: { id: '1' },
        delay: 1000,
        priority: 5,
        orderingKey: 'ann',
      },
      { data: { id: '2' } },
    ]);
    expect(mails.deferred(Tick)).toMatchObject([{ queue: 'default', data: 16 }]);
    expect(mails.deferred('kit.receipt-wanted')).toEqual(mails.deferred(ReceiptWanted));
    expect({ heard, errors }).toEqual({ heard: [], errors: [] });
  });

  it('remembers deduplication ids, and takes a message back', async () => {
    const { container, mails, queue } = await setUp();

    const first = await queue.defer(Tick, 1, { dedup: 'a' });
    const again = await queue.defer(Tick, 2, { dedup: 'a' });
    const taken = [await queue.cancel(first.id), await queue.cancel(first.id)];
    mails.clear();
    await queue.defer(Tick, 3, { dedup: 'a' });
    await stop(container);

    expect([first, again].map(({ messages }) => messages[0]?.result)).toEqual([
      'accepted',
      'duplicate',
    ]);
    expect(taken).toEqual([true, false]);
    expect(mails.messages.map(({ data }) => data)).toEqual([3]);
  });
});
