/** What a handler gets equals what was sent, or the sender is refused: payloads in envelopes, over a bus that encodes, and through a queue. */
import { describe, expect, it } from '@jest/globals';
import { EventType, type PayloadReader } from 'carillon';
import { decodeEnvelope, encodeEnvelope } from 'carillon/engine';
import { MessageCodec } from '../../src/events/message-codec.js';
import { fc } from '../support/properties.js';

const noBytes = new Uint8Array(0);

/** What JSON does not have, and travels. */
const TRAVELLERS: Readonly<Record<string, unknown>> = {
  Date: new Date(0),
  'a Date before the calendar': new Date(-1e14),
  bigint: -(2n ** 80n),
  Map: new Map<unknown, unknown>([
    ['a', new Date(1)],
    [{ key: 1n }, new Map([[1, new Set([undefined])]])],
  ]),
  Set: new Set<unknown>([1, 'a', new URL('https://example.org/?q=1#x')]),
  Uint8Array: Uint8Array.of(0, 1, 255),
  'a part of an ArrayBuffer': new Uint8Array(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
  Buffer: Buffer.from('größe'),
  ArrayBuffer: Uint8Array.of(7, 8).buffer,
  'no bytes': noBytes,
  URL: new URL('https://example.org/a?b=c'),
  undefined: undefined,
  'an object without a prototype': Object.assign(Object.create(null), { a: new Date(2) }),
  'a list with undefined': [undefined, 1, undefined],
};

class Money {
  constructor(readonly cents: number) {}
}

class Cart extends Map {}

class Labels extends Array<string> {}

const sparse = [1];
sparse[2] = 3;

/** What would arrive as something else, by the text of the refusal. */
const REFUSED: readonly [fault: string, value: unknown][] = [
  ['an instance of Error', new Error('card expired')],
  ['an instance of RegExp', /x/],
  ['an instance of URLSearchParams', new URLSearchParams('a=1')],
  ['an instance of Headers', new Headers({ a: 'b' })],
  ['an instance of Blob', new Blob(['x'])],
  ['an instance of Promise', Promise.resolve(1)],
  ['an instance of WeakMap', new WeakMap()],
  ['an instance of WeakSet', new WeakSet()],
  ['an instance of Float64Array', new Float64Array(1)],
  ['an instance of DataView', new DataView(new ArrayBuffer(1))],
  ['an invalid Date', new Date(Number.NaN)],
  ['an instance of BigInt', new Object(5n)],
  ['an instance of Number', new Object(5)],
  ['an instance of String', new Object('5')],
  ['an instance of Money', new Money(5)],
  ['an instance of Cart', new Cart()],
  ['an instance of Labels', Labels.of('a')],
  ['an instance of Date', Object.create(Date.prototype)],
  ['an instance of Object', Object.create({ inherited: 1 })],
  ['an instance of Date with properties of its own', Object.assign(new Date(0), { zone: 'UTC' })],
  ['the number NaN', Number.NaN],
  ['the number Infinity', Number.POSITIVE_INFINITY],
  ['the number -0', -0],
  ['a symbol', Symbol('s')],
  ['a function', () => 1],
  ['a list that has the property "sum"', Object.assign([1], { sum: 1 })],
  ['a list that has the property "index"', /(?<a>x)/.exec('x')],
  ['a property that is named by a symbol', { [Symbol('s')]: 1 }],
];

function sent(data: unknown): unknown {
  return decodeEnvelope(encodeEnvelope({ id: '1', source: '/', type: 't', data })).data;
}

function refusal(action: () => unknown): { readonly code: string; readonly message: string } {
  try {
    action();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was accepted');
}

describe('a payload', () => {
  it.each(Object.entries(TRAVELLERS))('Q20 comes back as it was sent: %s', (_, value) => {
    expect(sent(value)).toStrictEqual(value);
    expect(sent({ deep: [{ value }] })).toStrictEqual({ deep: [{ value }] });
  });

  it('Q20 is JSON that others can read, with what it was beside it', () => {
    const data = {
      at: new Date(0),
      'a/b': { '~': 2n },
      note: undefined,
      tags: new Set(['x']),
      image: Uint8Array.of(1),
    };

    const message = JSON.parse(encodeEnvelope({ id: '1', source: '/', type: 't', data }));

    expect(message.data).toStrictEqual({
      at: '1970-01-01T00:00:00.000Z',
      'a/b': { '~': '2' },
      tags: ['x'],
      image: 'AQ==',
    });
    expect(JSON.parse(message.carillontypes)).toStrictEqual({
      '/at': 'date',
      '/a~1b/~0': 'bigint',
      '/note': 'undefined',
      '/tags': 'set',
      '/image': 'bytes',
    });
  });

  it('Q20 has nothing beside it where it is plain', () => {
    const message = encodeEnvelope({
      id: '1',
      source: '/',
      type: 't',
      data: { a: [1, 'b', null] },
    });

    expect(message).not.toContain('carillontypes');
  });

  it.each(REFUSED)('Q20 is refused by its path for what JSON would change: %s', (fault, value) => {
    for (const [data, path] of [
      [value, ''],
      [{ lines: [{ value }] }, ' at lines[0].value'],
      [new Map([['a', value]]), ' at [0][1]'],
    ] as const) {
      expect(refusal(() => sent(data))).toMatchObject({
        code: 'CAR5037',
        message: expect.stringContaining(`The message t has ${fault}${path}, which cannot travel`),
      });
    }
  });

  it('Q20 is refused for a hole, a getter that changes, a revoked Proxy, and a key that reaches a prototype', () => {
    let asked = 0;
    const counting = {
      get next() {
        asked += 1;
        return asked;
      },
    };
    const constant = {
      get total() {
        return 7;
      },
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();

    expect(refusal(() => sent({ list: sparse })).message).toContain('a hole in a list at list[1]');
    for (const at of [null, new Date(0)]) {
      expect(refusal(() => sent({ at, a: counting })).message).toContain(
        'a getter that answers otherwise each time at a.next',
      );
      expect(sent({ at, a: constant })).toEqual({ at, a: { total: 7 } });
    }
    expect(refusal(() => sent([revoked.proxy]))).toMatchObject({ code: 'CAR5037' });
    expect(
      refusal(() => sent({ at: new Date(0), a: JSON.parse('{"__proto__":1}') })),
    ).toMatchObject({
      code: 'CAR5037',
      message: expect.stringContaining('the key "__proto__" at a'),
    });
  });

  it('Q20 comes back as it was, whatever it is made of', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(null, undefined, true, 0, ''),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
        fc.string({ unit: 'binary' }),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.uint8Array(),
        fc.webUrl().map((url) => new URL(url)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(tie('value'), { maxLength: 4 }).map((list) => new Set(list)),
        fc
          .array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 })
          .map((pairs) => new Map(pairs as [unknown, unknown][])),
        fc.dictionary(
          fc
            .oneof(fc.string(), fc.constantFrom('a/b', '~1', '', '0', 'length', 'toJSON'))
            .filter(isAllowed),
          tie('value'),
          { maxKeys: 4 },
        ),
      ),
    }));
    fc.assert(fc.property(value, (data) => expect(sent(data)).toStrictEqual(data)));
  });

  it('Q20 is plain data when another program wrote it as such', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }).filter(isReadable), (data) => {
        const message = JSON.stringify({
          specversion: '1.0',
          id: '1',
          source: 's',
          type: 't',
          data,
        });
        expect(decodeEnvelope(message).data).toEqual(JSON.parse(message).data);
      }),
    );
  });

  it('Q21 is not changed by sending it', () => {
    const data = {
      at: new Date(0),
      all: new Map([['a', { bytes: Uint8Array.of(1) }]]),
      gone: undefined,
    };
    const before = structuredClone(data);

    Object.freeze(data);
    const first = sent(data);
    const second = sent(data);

    expect(data).toEqual(before);
    expect(first).not.toBe(second);
    expect((first as typeof data).all.get('a')).not.toBe(data.all.get('a'));
  });
});

describe('a payload of a class', () => {
  @EventType({ name: 'booked' })
  class Booked {
    declare seats: unknown;
    constructor(
      readonly at: unknown,
      readonly price?: unknown,
    ) {}

    get label(): string {
      return `at ${String(this.at)}`;
    }
  }

  async function through(event: object, reader?: PayloadReader): Promise<unknown> {
    const codec = new MessageCodec({ source: '/', reader });
    const type = event.constructor as typeof Booked;
    const { text } = await codec.encode(type, event);
    return codec.payloadFor(type, codec.decode(text));
  }

  it('Q20 is an instance again with all that it had', async () => {
    const event = new Booked(new Date(0), new Map([['eur', 5n]]));

    const arrived = await through(event);

    expect(arrived).toStrictEqual(event);
    expect((arrived as Booked).label).toBe(event.label);
  });

  it('Q20 is refused for an instance within, by its path, unless its reader writes and rebuilds it', async () => {
    const event = new Booked(new Date(0), { total: new Money(500) });
    const reader: PayloadReader = {
      check: () => undefined,
      write: (_, payload) => {
        const { at, price } = payload as { at: Date; price: { total: Money } };
        return { at, cents: price.total.cents };
      },
      read: (_, data) => {
        const { at, cents } = data as { at: Date; cents: number };
        return new Booked(at, { total: new Money(cents) });
      },
    };

    await expect(async () => through(event)).rejects.toMatchObject({
      code: 'CAR5037',
      message: expect.stringContaining(
        'The message booked has an instance of Money at price.total',
      ),
    });
    expect(await through(event, reader)).toStrictEqual(event);
  });

  it('Q20 may say itself how it is written, but not give itself', async () => {
    @EventType({ name: 'written' })
    class Written {
      constructor(
        readonly id: string,
        readonly secret?: string,
      ) {}

      toJSON(): object {
        return { id: this.id };
      }
    }
    @EventType({ name: 'itself' })
    class Itself {
      id = '1';
      toJSON(): object {
        return this;
      }
    }

    expect(await through(new Written('1', 'x'))).toStrictEqual(
      Object.assign(Object.create(Written.prototype), { id: '1' }),
    );
    await expect(async () => through(new Itself())).rejects.toMatchObject({
      code: 'CAR5037',
      message: expect.stringContaining('a toJSON that returns its own object'),
    });
  });

  it('Q20 is refused when it is wired or first sent where its class is one of the platform, which keeps more than properties', () => {
    @EventType({ name: 'failed' })
    class Failed extends Error {}
    @EventType({ name: 'counted' })
    class Counted extends Map {}

    for (const [type, base] of [
      [Failed, 'Error'],
      [Counted, 'Map'],
    ] as const) {
      expect(refusal(() => new MessageCodec({ source: '/' }).nameOf(type))).toMatchObject({
        code: 'CAR7020',
        message: expect.stringContaining(`${type.name} is a class of ${base}`),
      });
    }
  });
});

function isAllowed(key: string): boolean {
  return !['__proto__', 'constructor', 'prototype'].includes(key);
}

/** Without keys that are refused. */
function isReadable(data: unknown): boolean {
  return !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(data));
}
