/** The envelope beside the CloudEvents SDK, and what is refused of foreign or hostile JSON. */
import { describe, expect, it } from '@jest/globals';
import { type CarillonError } from 'carillon';
import { decodeEnvelope, type Envelope, encodeEnvelope } from 'carillon/engine';
import { CloudEvent, HTTP } from 'cloudevents';

const full: Envelope = {
  id: '1',
  source: '/shop',
  type: 'order.placed',
  time: '2026-01-02T03:04:05.678Z',
  subject: 'order/42',
  dataSchema: 'https://example.org/order.json',
  contentType: 'application/json',
  kind: 'class',
  schemaVersion: 2,
  correlationId: 'root',
  causationId: 'cause',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'congo=t61rcWkgMzE',
  orderingKey: 'customer 7',
  extensions: { tenant: 'eu', hops: 3, rush: true },
  data: { sku: 'größe ☃ 🔔', lines: [1, null, { deep: 'x' }] },
};

function sdkRead(text: string): CloudEvent {
  return HTTP.toEvent({
    headers: { 'content-type': 'application/cloudevents+json' },
    body: text,
  }) as CloudEvent;
}

function wire(changes: Record<string, unknown>): string {
  return JSON.stringify({
    specversion: '1.0',
    id: '1',
    source: '/shop',
    type: 'order.placed',
    ...changes,
  });
}

function refusal(action: () => unknown): CarillonError {
  try {
    action();
  } catch (error) {
    return error as CarillonError;
  }
  throw new Error('it was accepted');
}

function hostileTypes(): [data: unknown, types: Record<string, string>, fault: string][] {
  return [
    ['soon', { '': 'date' }, '"" is not of the type date'],
    [{ at: 1 }, { '/at': 'date' }, '"/at" is not of the type date'],
    [{ at: 'x' }, { '/then': 'date' }, '"/then" is not of the type date'],
    [{ all: [[1]] }, { '/all': 'map' }, '"/all" is not of the type map'],
    [{ all: {} }, { '/all': 'set' }, '"/all" is not of the type set'],
    [{ n: '1n' }, { '/n': 'bigint' }, '"/n" is not of the type bigint'],
    [{ n: '1'.repeat(10_001) }, { '/n': 'bigint' }, '"/n" is not of the type bigint'],
    [{ n: 1 }, { '/n': 'undefined' }, '"/n" is not of the type undefined'],
    [{ bytes: '*' }, { '/bytes': 'bytes' }, '"/bytes" is not of the type bytes'],
    [{ at: 'no address' }, { '/at': 'url' }, '"/at" is not of the type url'],
    [[1], { '/length': 'undefined' }, '"/length" is not of the type undefined'],
    [[], { '/0': 'undefined' }, '"/0" is not of the type undefined'],
    [{}, { '/__proto__/x': 'undefined' }, '"/__proto__/x" is not of the type undefined'],
    [{}, { '/__proto__': 'undefined' }, '"/__proto__" is not of the type undefined'],
    [{}, { '/toString/name': 'undefined' }, '"/toString/name" is not of the type undefined'],
  ];
}

function timeFault(time: string): [string, string] {
  return [wire({ time }), 'its attribute "time" is not a time of RFC 3339'];
}

describe('the envelope', () => {
  it('Q11 is understood by the CloudEvents SDK, every attribute of it', () => {
    const event = sdkRead(encodeEnvelope(full));

    expect(event.validate()).toBe(true);
    expect(event.toJSON()).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: 'order.placed',
      time: '2026-01-02T03:04:05.678Z',
      subject: 'order/42',
      dataschema: 'https://example.org/order.json',
      datacontenttype: 'application/json',
      eventkind: 'class',
      schemaversion: 2,
      correlationid: 'root',
      causationid: 'cause',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'congo=t61rcWkgMzE',
      partitionkey: 'customer 7',
      tenant: 'eu',
      hops: 3,
      rush: true,
      data: full.data,
    });
  });

  it('Q11 understands what the CloudEvents SDK wrote', () => {
    const { body } = HTTP.structured(
      new CloudEvent({
        id: 'a',
        source: 'urn:event:foreign',
        type: 'order.placed',
        subject: 'order/42',
        time: '2026-01-02T03:04:05.678Z',
        datacontenttype: 'application/json',
        traceparent: full.traceparent as string,
        correlationid: 'root',
        tenant: 'eu',
        data: { id: '42' },
      }),
    );

    expect(decodeEnvelope(body as string)).toEqual({
      id: 'a',
      source: 'urn:event:foreign',
      type: 'order.placed',
      subject: 'order/42',
      time: '2026-01-02T03:04:05.678Z',
      contentType: 'application/json',
      traceparent: full.traceparent,
      correlationId: 'root',
      extensions: { tenant: 'eu' },
      data: { id: '42' },
    });
  });

  it('Q11 carries bytes to the CloudEvents SDK and from it', () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index % 256);
    const envelope = {
      id: '1',
      source: '/shop',
      type: 'scan',
      contentType: 'application/octet-stream',
      data: bytes,
    };

    const there = sdkRead(encodeEnvelope(envelope));
    const { body } = HTTP.structured(
      new CloudEvent({
        id: '2',
        source: '/x',
        type: 'scan',
        datacontenttype: 'application/octet-stream',
        data: bytes,
      }),
    );
    const back = decodeEnvelope(body as string);

    expect(Buffer.from(there.data as unknown as Uint8Array).equals(bytes)).toBe(true);
    expect(Buffer.from(back.data as Uint8Array).equals(bytes)).toBe(true);
  });

  it('Q11 comes back as it was, as text and as bytes', () => {
    const text = encodeEnvelope(full);

    expect(decodeEnvelope(text)).toEqual(full);
    expect(decodeEnvelope(new TextEncoder().encode(text))).toEqual(full);
  });

  it('begins otherwise than the one before it when it is of another kind', () => {
    const plain: Envelope = { id: '1', source: '/shop', type: 'order.placed', extensions: {} };
    const others: Envelope[] = [
      { ...plain, source: '/till' },
      { ...plain, type: 'order.paid' },
      { ...plain, kind: 'topic' },
      { ...plain, contentType: 'application/json' },
      { ...plain, schemaVersion: 2 },
      { ...plain, dataSchema: '/order.json' },
    ];

    for (const other of others) {
      const texts = [plain, other, other, plain].map((envelope) => encodeEnvelope(envelope));

      expect(texts.map((text) => decodeEnvelope(text))).toEqual([plain, other, other, plain]);
    }
  });

  it('writes each text so that it is read again, whatever it has', () => {
    for (const data of [
      '"',
      '\\',
      '\n',
      '\u0000',
      '\u007f',
      '\u2028',
      '\ud800',
      '\udc00x',
      '🔔',
      'größe',
    ]) {
      expect(decodeEnvelope(encodeEnvelope({ id: data, source: '/', type: 't', data })).data).toBe(
        data,
      );
    }
  });

  it('tells no data from null', () => {
    const without = { id: '1', source: '/shop', type: 'ready', extensions: {} };

    expect(decodeEnvelope(encodeEnvelope(without))).toEqual(without);
    expect(decodeEnvelope(encodeEnvelope({ ...without, data: null }))).toEqual({
      ...without,
      data: null,
    });
  });

  it('reads base64 of JSON as the JSON that it is, and text of another type as text', () => {
    const json = wire({
      datacontenttype: 'application/vnd.x+json; charset=utf-8',
      data_base64: btoa('{"id":"42"}'),
    });
    const text = wire({ datacontenttype: 'text/plain', data: 'ding' });

    expect(decodeEnvelope(json).data).toEqual({ id: '42' });
    expect(decodeEnvelope(text).data).toBe('ding');
  });

  it('takes an attribute that is null as one that is not there', () => {
    expect(
      decodeEnvelope(wire({ subject: null, tenant: null, data_base64: null, data: 1 })),
    ).toEqual({
      id: '1',
      source: '/shop',
      type: 'order.placed',
      extensions: {},
      data: 1,
    });
  });

  it.each([
    ['{', 'is not JSON'],
    ['', 'is not JSON'],
    ['[]', 'it is not an object'],
    ['null', 'it is not an object'],
    ['"text"', 'it is not an object'],
    ['{}', 'its specversion is undefined'],
    [wire({ specversion: '0.3' }), 'its specversion is "0.3"'],
    [wire({ id: undefined }), 'it has no id'],
    [wire({ id: '' }), 'its attribute "id" is not text'],
    [wire({ id: 7 }), 'its attribute "id" is not text'],
    [wire({ source: undefined }), 'it has no source'],
    [wire({ type: null }), 'it has no type'],
    [wire({ time: 'yesterday' }), 'its attribute "time" is not a time of RFC 3339'],
    [wire({ time: '2026-13-41T00:00:00Z' }), 'its attribute "time" is not a time of RFC 3339'],
    ...[
      '2026-00-01T00:00:00Z',
      '2026-01-32T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:60:00Z',
    ].map(timeFault),
    ...[
      '2026-01-01T00:00:61Z',
      '2026-01-01T00:00:00',
      '2026-01-01T00:00:00+24:00',
      '2026-01-01',
    ].map(timeFault),
    [wire({ subject: {} }), 'its attribute "subject" is not text'],
    [wire({ schemaversion: 1.5 }), 'its attribute "schemaversion" is not a whole number'],
    [wire({ schemaversion: '1.5' }), 'its attribute "schemaversion" is not a whole number'],
    [wire({ schemaversion: '0' }), 'its attribute "schemaversion" is not a whole number'],
    [wire({ carillontypes: 1 }), 'its attribute "carillontypes" does not fit its data'],
    [wire({ carillontypes: '{' }), 'its attribute "carillontypes" does not fit its data'],
    [wire({ carillontypes: '[]' }), 'does not fit its data: it is not an object'],
    [
      wire({ carillontypes: '{"":"moment"}' }),
      'does not fit its data: the type "moment" is unknown',
    ],
    ...hostileTypes().map(([data, types, fault]): [string, string] => [
      wire({ data, carillontypes: JSON.stringify(types) }),
      `does not fit its data: ${fault}`,
    ]),
    [wire({ eventkind: 'ghost' }), 'its attribute "eventkind" is unknown'],
    [wire({ tenant: { deep: 1 } }), 'its attribute "tenant" is not text, an integer or a boolean'],
    [wire({ hops: 1.5 }), 'its attribute "hops" is not text, an integer or a boolean'],
    [wire({ hops: 2 ** 31 }), 'its attribute "hops" is not text, an integer or a boolean'],
    [wire({ 'x-tenant': 'eu' }), 'its attribute "x-tenant" has other signs'],
    [wire({ Tenant: 'eu' }), 'its attribute "Tenant" has other signs'],
    [wire({ data: 1, data_base64: 'AA==' }), 'it has both data and data_base64'],
    [wire({ data_base64: '*' }), 'its data_base64 is not base64'],
    [wire({ data_base64: 'gA==', datacontenttype: 'application/json' }), 'it is not UTF-8'],
  ])('CAR5033: does not understand %s', (text, reason) => {
    const error = refusal(() => decodeEnvelope(text));

    expect(error).toMatchObject({ code: 'CAR5033', message: expect.stringContaining(reason) });
  });

  it('CAR5033: does not understand bytes that are no UTF-8', () => {
    expect(refusal(() => decodeEnvelope(Uint8Array.of(0xff, 0xfe)))).toMatchObject({
      code: 'CAR5033',
    });
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'Q14 refuses the key %s wherever it is, and pollutes nothing',
    (key) => {
      const hostile = `{"${key}":{"polluted":true}}`;
      const places = [
        wire({}).replace('{', `{"${key}":{"polluted":true},`),
        wire({}).replace('{', `{"data":${hostile},`),
        wire({}).replace('{', `{"data":[[{"x":${hostile}}]],`),
        wire({ datacontenttype: 'application/json', data_base64: btoa(hostile) }),
      ];

      for (const text of places) {
        expect(refusal(() => decodeEnvelope(text))).toMatchObject({
          code: 'CAR5034',
          message: expect.stringContaining(`the key "${key}"`),
        });
      }
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it('Q14 refuses what is too deep or too large before it is read any further', () => {
    const deep = wire({}).replace('{', `{"data":${'['.repeat(100_000)}${']'.repeat(100_000)},`);
    const large = wire({ data: 'x'.repeat(2_000) });

    expect(refusal(() => decodeEnvelope(deep))).toMatchObject({
      code: 'CAR5034',
      message: expect.stringContaining('too many levels'),
    });
    expect(refusal(() => decodeEnvelope(large, { size: 2_000 }))).toMatchObject({
      code: 'CAR5034',
      message: expect.stringMatching(/has 2\d\d\d characters; 2000 are allowed/),
    });
    expect(refusal(() => decodeEnvelope(wire({ data: [[1]] }), { depth: 2 }))).toMatchObject({
      code: 'CAR5034',
    });
    expect(decodeEnvelope(wire({ data: [[1]] }), { depth: 3 }).data).toEqual([[1]]);
  });

  const circle: { self?: unknown } = {};
  circle.self = circle;

  it.each([
    [{ big: 10n ** 10_000n }, 'a bigint of 10001 digits at big'],
    [{ call: () => undefined }, 'a function'],
    [[Symbol('s')], 'a symbol'],
    [{ rate: Number.NaN }, 'the number NaN'],
    [Number.POSITIVE_INFINITY, 'the number Infinity'],
    [circle, 'a circle'],
    [JSON.parse('{"__proto__":1}'), 'the key "__proto__"'],
  ])('CAR5037: does not send %p, which no reader could have back', (data, reason) => {
    const error = refusal(() =>
      encodeEnvelope({ id: '1', source: '/shop', type: 'order.placed', data }),
    );

    expect(error).toMatchObject({ code: 'CAR5037', message: expect.stringContaining(reason) });
    expect(error.message).toContain('The message order.placed');
  });

  it.each([
    ['tenant-id', 'eu'],
    ['', 'eu'],
    ['data', 'eu'],
    ['correlationid', 'eu'],
    ['tenant', 1.5],
    ['tenant', {} as string],
  ])('CAR5037: does not send the attribute %p: %p', (name, value) => {
    const envelope = {
      id: '1',
      source: '/shop',
      type: 'order.placed',
      extensions: { [name]: value },
    };

    expect(refusal(() => encodeEnvelope(envelope))).toMatchObject({
      code: 'CAR5037',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  it('CAR5034: does not send what is larger than a reader takes', () => {
    const envelope = {
      id: '1',
      source: '/shop',
      type: 'order.placed',
      data: 'x'.repeat(1_048_576),
    };

    expect(refusal(() => encodeEnvelope(envelope))).toMatchObject({
      code: 'CAR5034',
      message: expect.stringContaining('1048576 are allowed'),
    });
  });
});
