/** From events to messages and back: names, versions, payloads of classes. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { defineEvent, EventType, type PayloadReader } from 'carillon';
import { envelopeFacts, MessageCodec } from '../../src/events/message-codec.js';

@EventType({ name: 'order.placed' })
class OrderPlaced {
  constructor(readonly id: string) {}

  get label(): string {
    return `order ${this.id}`;
  }
}

const NOW = Date.UTC(2026, 4, 1);

class Nameless {}

@EventType({ name: 'order.placed' })
class OtherOrderPlaced {}

const Tick = defineEvent<{ dt: number }>('tick');

function codec(reader?: PayloadReader): MessageCodec {
  return new MessageCodec({ source: '/shop', reader });
}

/** A message of another program's. */
function foreign(type: string, data: unknown, attributes: object = {}): string {
  return JSON.stringify({
    specversion: '1.0',
    id: 'f1',
    source: '/foreign',
    type,
    data,
    ...attributes,
  });
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the codec', () => {
  it('Q11 gives a message its id, type, source, time, version, kind and correlation', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW);

    const { envelope, text } = await codec().encode(
      new OrderPlaced('42').constructor as typeof OrderPlaced,
      new OrderPlaced('42'),
    );

    expect(codec().decode(text)).toEqual({
      ...envelope,
      subject: undefined,
      extensions: {},
      data: { id: '42' },
    });
    expect(envelope).toMatchObject({
      type: 'order.placed',
      source: '/shop',
      kind: 'class',
      schemaVersion: 1,
    });
    expect(envelope.id).toMatch(/^[0-9a-f-]{36}$/);
    const { correlationId, time } = envelopeFacts(codec().decode(text), 1);
    expect(correlationId).toBe(envelope.id);
    expect(time.getTime()).toBe(NOW);
  });

  it('Q11 says the time of a message whose id is the sender’s, also of one that tells another time', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW);
    const old = '018bcfe5-687b-7000-8000-000000000000';

    for (const id of ['m1', old]) {
      const { text } = await codec().encode('bell', 1, { id });
      const { time } = envelopeFacts(codec().decode(text), 1);
      expect(time.getTime()).toBe(NOW);
    }
  });

  it('adds no more than 133 bytes to the payload of a message that begins a story', async () => {
    const { text } = await codec().encode('order.placed', 'x'.repeat(198));

    expect(JSON.parse(text)).toMatchObject({ specversion: '1.0', source: '/shop' });
    expect(text.length - 200).toBeLessThanOrEqual(133);
  });

  it('Q11 carries what the sender says of correlation, causation, trace and order', async () => {
    const facts = {
      id: 'm2',
      correlationId: 'm0',
      causationId: 'm1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      orderingKey: 'customer 7',
      subject: 'order/42',
      extensions: { tenant: 'eu' },
    };

    const { text } = await codec().encode('stock.low', { sku: 'rope' }, facts);

    expect(codec().decode(text)).toMatchObject({ ...facts, kind: 'topic', data: { sku: 'rope' } });
  });

  it('rebuilds a class that is known under the name', async () => {
    const [sender, receiver] = [codec(), codec()];
    receiver.nameOf(OrderPlaced);

    const envelope = receiver.decode(
      (await sender.encode(OrderPlaced, new OrderPlaced('42'))).text,
    );
    const key = receiver.keyOf(envelope);
    const payload = await receiver.payloadFor(OrderPlaced, envelope);

    expect(key).toBe(OrderPlaced);
    expect(payload).toBeInstanceOf(OrderPlaced);
    expect((payload as OrderPlaced).label).toBe('order 42');
  });

  it('tells a class, a token and a topic of one name apart, and does not know a class that nobody named', async () => {
    const receiver = codec();
    const topic = receiver.decode((await codec().encode('tick', 1)).text);
    const token = receiver.decode((await codec().encode(Tick, { dt: 16 })).text);
    const order = receiver.decode((await codec().encode(OrderPlaced, new OrderPlaced('42'))).text);
    receiver.nameOf(Tick);

    expect(receiver.keyOf(topic)).toBe('tick');
    expect(receiver.keyOf(token)).toBe(Tick);
    expect(receiver.keyOf(order)).toBeUndefined();
  });

  it('takes a foreign name for the class that is known under it, and otherwise for a topic', () => {
    const receiver = codec();
    const order = receiver.decode(foreign('order.placed', { id: '42' }));

    expect(receiver.keyOf(order)).toBe('order.placed');
    receiver.nameOf(OrderPlaced);
    expect(receiver.keyOf(order)).toBe(OrderPlaced);
  });

  it('CAR5031: refuses one name for two events, within one application only', () => {
    const one = codec();
    one.nameOf(OrderPlaced);

    expect(() => one.nameOf(OtherOrderPlaced)).toThrow(
      expect.objectContaining({
        code: 'CAR5031',
        message: expect.stringContaining(
          '"order.placed" is that of two events: the class OrderPlaced and the class OtherOrderPlaced',
        ),
      }),
    );
    expect(() => one.nameOf(defineEvent('order.placed'))).toThrow('CAR5031');
    expect(codec().nameOf(OtherOrderPlaced)).toBe('order.placed');
  });

  it('CAR5032: refuses a class without a name', async () => {
    expect(() => codec().nameOf(Nameless)).toThrow(
      expect.objectContaining({
        code: 'CAR5032',
        message: expect.stringContaining('Nameless has no name'),
      }),
    );
    await expect(async () => codec().encode(Nameless, new Nameless())).rejects.toMatchObject({
      code: 'CAR5032',
    });
  });

  it('CAR5035: refuses data that is no object, or would hide what the class has', async () => {
    const refused = async (data: unknown) => {
      const receiver = codec();
      return receiver.payloadFor(OrderPlaced, receiver.decode(foreign('order.placed', data)));
    };

    for (const data of [undefined, null, 1, 'text', [1]]) {
      await expect(refused(data)).rejects.toMatchObject({
        code: 'CAR5035',
        message: expect.stringContaining(
          'f1 of /foreign is not a valid OrderPlaced: the data is not an object',
        ),
      });
    }
    for (const name of ['toString', 'label', 'hasOwnProperty']) {
      await expect(refused({ [name]: 1 })).rejects.toMatchObject({
        code: 'CAR5035',
        message: expect.stringContaining(`"${name}" would hide`),
      });
    }
  });

  it('Q14 checks a payload before it leaves and when it enters, with the reader that it is given', async () => {
    const reader: PayloadReader = {
      check: () => undefined,
      read: async () => Promise.reject(new Error('too cheap to enter')),
      write: () => {
        throw new Error('too cheap to leave');
      },
    };
    const checking = codec(reader);

    await expect(async () =>
      checking.encode(OrderPlaced, new OrderPlaced('1')),
    ).rejects.toMatchObject({
      code: 'CAR5035',
      message: expect.stringContaining(
        'A OrderPlaced that was to be sent is not valid: too cheap to leave',
      ),
    });
    await expect(async () =>
      checking.payloadFor(OrderPlaced, checking.decode(foreign('order.placed', {}))),
    ).rejects.toMatchObject({
      code: 'CAR5035',
      message: expect.stringContaining('too cheap to enter'),
    });
  });

  it('CAR7020: refuses a class that wants unknown properties refused where nothing knows its properties', () => {
    @EventType({ name: 'strict', unknown: 'refuse' })
    class Strict {}

    expect(() => codec().nameOf(Strict)).toThrow(expect.objectContaining({ code: 'CAR7020' }));
  });

  describe('with versions', () => {
    @EventType({
      name: 'price.set',
      version: 3,
      upcast: {
        1: (data) => ({ amount: (data as { price: number }).price }),
        2: (data, version) => ({ ...(data as object), currency: 'EUR', from: version }),
      },
    })
    class PriceSet {
      declare amount: number;
      declare currency: string;
    }

    @EventType({ name: 'price.set', version: 5, upcast: (data, version) => ({ data, version }) })
    class PriceSetByFunction {}

    const read = async (
      type: typeof PriceSet | typeof PriceSetByFunction,
      data: unknown,
      schemaversion?: number,
    ) => codec().payloadFor(type, codec().decode(foreign('price.set', data, { schemaversion })));

    it('Q11 writes the present one, and brings older ones to it step by step', async () => {
      const { envelope } = await codec().encode(PriceSet, new PriceSet());

      expect(envelope.schemaVersion).toBe(3);
      await expect(read(PriceSet, { price: 7 }, 1)).resolves.toEqual({
        amount: 7,
        currency: 'EUR',
        from: 2,
      });
      await expect(read(PriceSet, { amount: 7 }, 2)).resolves.toBeInstanceOf(PriceSet);
      await expect(read(PriceSet, { amount: 7 }, 3)).resolves.toEqual({ amount: 7 });
      await expect(read(PriceSet, { amount: 7 })).resolves.toEqual({ amount: 7 });
    });

    it('Q11 lets one function bring them there at once', async () => {
      await expect(read(PriceSetByFunction, 'old', 2)).resolves.toEqual({
        data: 'old',
        version: 2,
      });
    });

    it('CAR5036: refuses a newer one, one without a step, and one whose step fails', async () => {
      @EventType({
        name: 'price.set',
        version: 2,
        upcast: {
          1: () => {
            throw new Error('lost');
          },
        },
      })
      class Failing {}
      @EventType({ name: 'price.set', version: 2 })
      class Without {}

      await expect(read(PriceSet, {}, 4)).rejects.toMatchObject({
        code: 'CAR5036',
        message: expect.stringContaining(
          'The message f1 has version 4 of price.set; this program reads 3: it is newer',
        ),
      });
      await expect(read(Without as typeof PriceSet, {}, 1)).rejects.toMatchObject({
        code: 'CAR5036',
        message: expect.stringContaining('there is no upcast'),
      });
      await expect(read(Failing as typeof PriceSet, {}, 1)).rejects.toMatchObject({
        code: 'CAR5036',
        cause: new Error('lost'),
      });
    });
  });
});
