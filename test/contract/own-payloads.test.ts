/** Wherever a payload is written and read, each handler has one of its own, at each attempt; where it is not, the object itself is passed. */
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  EventType,
  type QueueOptions,
} from 'carillon';
import { plainReader } from 'carillon/engine';
import { start, stop } from 'carillon/inversify';
import { fakeBus, memoryBus } from 'carillon/testing';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';

interface Cart {
  items: string[];
  at: Date;
}

const Filled = defineEvent<Cart>('cart.filled');

@EventType({ name: 'cart.paid' })
class Paid {
  constructor(readonly cart: Cart) {}
}

const cart = (): Cart => ({ items: ['rope'], at: new Date(0) });

/** Handlers of one event, each of which changes what it gets; the first fails once. */
function spoilers(options: QueueOptions) {
  const fixture = rootContainer({ queues: { default: { processing: 'manual', ...options } } });
  const got: [who: string, attempt: number, cart: Cart][] = [];
  class First {
    @Deferred(Filled, { id: 'first', attempts: 2, backoff: 0 })
    take(payload: Cart) {
      const attempt = got.filter(([who]) => who === 'first').length + 1;
      got.push(['first', attempt, structuredClone(payload)]);
      payload.items.push('spoilt by the first');
      if (attempt === 1) throw new Error('try again');
    }
  }
  class Second {
    @Deferred(Filled, { id: 'second' })
    take(payload: Cart) {
      got.push(['second', 1, structuredClone(payload)]);
      payload.items.push('spoilt by the second');
    }
  }
  build(fixture.container, First);
  build(fixture.container, Second);
  return { ...fixture, queue: fixture.container.get(EventQueue), got };
}

describe('a queue in memory with wire', () => {
  it('Q21 gives each handler a payload of its own at each attempt, and leaves that of the sender', async () => {
    const { queue, got } = spoilers({ wire: true });
    const sent = cart();

    await queue.defer(Filled, sent);
    sent.items.push('changed by the sender');
    await queue.process('default', { until: 'empty' }).settled;
    await queue.process('default', { until: 'empty' }).settled;

    expect(got.map(([who, attempt]) => [who, attempt]).sort()).toEqual([
      ['first', 1],
      ['first', 2],
      ['second', 1],
    ]);
    for (const [, , payload] of got) expect(payload).toEqual(cart());
    expect(sent.items).toEqual(['rope', 'changed by the sender']);
  });

  it('Q20 refuses what an engine would refuse: a payload, a class without a name', async () => {
    const { container } = rootContainer({ queues: { default: { wire: true } } });
    const queue = container.get(EventQueue);
    class Nameless {
      id = 1;
    }
    class Service {
      @Deferred(Nameless)
      take() {}
    }

    await expect(queue.defer('cart.filled', { at: Promise.resolve() })).rejects.toMatchObject({
      code: 'CAR5037',
      message: expect.stringContaining('an instance of Promise at at'),
    });
    await expect(queue.defer(new Nameless())).rejects.toMatchObject({ code: 'CAR5032' });
    expect(() => build(container, Service)).toThrow(expect.objectContaining({ code: 'CAR5032' }));
  });

  it('Q20 asks its reader when a payload leaves and when it enters; what cannot be read is a dead letter', async () => {
    const asked: string[] = [];
    const reader = {
      ...plainReader,
      write: (_: unknown, payload: unknown) => {
        asked.push('write');
        return payload;
      },
      read: (): unknown => {
        asked.push('read');
        throw new Error('too cheap');
      },
    };
    const { container } = rootContainer({
      queues: { default: { wire: true, reader, processing: 'manual' } },
    });
    class Till {
      @Deferred(Paid)
      take() {
        asked.push('take');
      }
    }
    build(container, Till);
    const queue = container.get(EventQueue);

    await queue.defer(new Paid(cart()));
    await queue.process().settled;

    expect(asked).toEqual(['write', 'read']);
    expect(await queue.deadLetters('default').list()).toMatchObject([{ reason: 'unreadable' }]);
  });

  it('Q21 shows and edits a dead letter by payloads of their own', async () => {
    const { queue, container } = spoilers({ wire: true, attempts: 1 });
    class Failing {
      @Deferred('cart.lost', { attempts: 1 })
      take(): void {
        throw new Error('no');
      }
    }
    build(container, Failing);
    const edited = cart();
    await queue.defer('cart.lost', cart());
    await queue.process().settled;
    const letters = queue.deadLetters('default');
    const [letter] = await letters.list();
    const id = letter?.id as string;

    const [one, other] = [await letters.inspect(id), await letters.inspect(id)];
    await letters.edit(id, edited);
    edited.items.push('changed later');

    expect(one?.payload).toEqual(cart());
    expect(one?.payload).not.toBe(other?.payload);
    expect((await letters.inspect(id))?.payload).toEqual(cart());
  });
});

describe('a queue in memory without wire', () => {
  it('Q21 passes the object itself, whatever it is', async () => {
    const { container } = rootContainer({ queues: { default: { processing: 'manual' } } });
    const got: unknown[] = [];
    class Till {
      @Deferred('cart.any')
      take(payload: unknown) {
        got.push(payload);
      }
    }
    build(container, Till);
    const sent = { call: () => 1 };

    await container.get(EventQueue).defer('cart.any', sent);
    container.get(EventQueue).process();

    expect(got[0]).toBe(sent);
  });

  it.each([
    ['reader', { reader: plainReader }],
    ['limits', { limits: { size: 5 } }],
  ])('Q20 CAR7011: refuses %s, which nothing would ask', (_, options) => {
    for (const wire of [{}, { wire: false }])
      expect(() => rootContainer({ queues: { mails: { ...options, ...wire } } })).toThrow(
        expect.objectContaining({ code: 'CAR7011' }),
      );
  });
});

describe('a bus that encodes', () => {
  it('Q21 gives each subscriber a payload of its own, by class, topic and pattern', async () => {
    const { container } = rootContainer({ bus: memoryBus() });
    const got: unknown[] = [];
    const all = gate();
    const spoil = (payload: unknown) => {
      got.push(structuredClone(payload));
      const { items, cart: inner } = payload as Cart & { cart?: Cart };
      (items ?? inner?.items)?.push('spoilt');
      if (got.length === 6) all.open();
    };
    await start(container);
    const bus = container.get(EventBus);
    for (const event of ['cart.filled', 'cart.filled', 'cart.*'] as const)
      bus.subscribe(event, spoil);
    for (let count = 0; count < 2; count += 1) bus.subscribe(Paid, spoil);
    bus.subscribe(Paid, spoil, { group: 'g' });
    await bus.ready();
    const sent = cart();

    await bus.publish('cart.filled', sent);
    await bus.publish(new Paid(sent));
    await all.promise;
    await stop(container);

    expect(got).toEqual([cart(), cart(), cart(), ...new Array(3).fill({ cart: cart() })]);
    expect(sent).toEqual(cart());
  });
});

describe('a fake bus', () => {
  it('Q20 Q21 records what a subscriber on an engine would get, and refuses what could not travel', async () => {
    class Nameless {
      constructor(readonly cart: Cart) {}
    }
    const [fake, plain] = [fakeBus(), fakeBus({ wire: false })];
    const [one, other] = [rootContainer({ bus: fake }), rootContainer({ bus: plain })];
    const sent = new Nameless(cart());

    await one.container.get(EventBus).publish(sent);
    await other.container.get(EventBus).publish(sent);
    const refused = one.container.get(EventBus).publish('cart.any', { call: () => 1 });

    await expect(refused).rejects.toMatchObject({ code: 'CAR5037' });
    sent.cart.items.push('changed by the sender');
    expect(fake.published(Nameless)).toStrictEqual([new Nameless(cart())]);
    expect(plain.published(Nameless)[0]).toBe(sent);
  });
});
