/** Names, ids, keys, topics and attributes have limits, which are checked before anything is sent. */
import { describe, expect, it } from '@jest/globals';
import { defineEvent, EventType, On } from 'carillon';
import { decodeEnvelope, type Envelope, encodeEnvelope } from 'carillon/engine';
import { continuedFacts } from '../../src/dispatch/correlation.js';
import type { Runtime } from '../../src/dispatch/runtime.js';
import { readEvent } from '../../src/events/event-arguments.js';
import { envelopeFacts } from '../../src/events/message-codec.js';

const longest = 'x'.repeat(255);
const tooLong = `${longest}y`;

const envelope: Envelope = { id: '1', source: '/shop', type: 'order.placed' };

function refusal(action: () => unknown): { readonly code: string; readonly message: string } {
  try {
    action();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was accepted');
}

/** Attributes as no type allows them. */
function written(changes: Record<string, unknown>): string {
  return encodeEnvelope({ ...envelope, ...changes } as Envelope);
}

describe('a name', () => {
  it('Q38 has 255 characters at most, wherever it is given', () => {
    const places: [string, (name: string) => unknown][] = [
      ['CAR1005', (name) => defineEvent(name)],
      ['CAR5030', (name) => EventType({ name })(class Named {})],
      ['CAR4004', (name) => readEvent('emit', name, undefined, undefined)],
      ['CAR1005', (name) => On(name)({}, 'handle', { value: () => undefined })],
    ];

    for (const [code, give] of places) {
      expect(() => give(longest)).not.toThrow();
      for (const name of [tooLong, 'a\0b']) expect(refusal(() => give(name)).code).toBe(code);
    }
  });
});

describe('an attribute', () => {
  it.each(['id', 'type', 'correlationId', 'causationId', 'traceparent', 'orderingKey'])(
    'Q38 is refused before it leaves where it is longer than a name: %s',
    (field) => {
      expect(() => written({ [field]: longest })).not.toThrow();
      expect(refusal(() => written({ [field]: tooLong }))).toMatchObject({
        code: 'CAR5037',
        message: expect.stringContaining('has 256 characters, of which 255 are allowed'),
      });
    },
  );

  it.each(['source', 'subject', 'dataSchema', 'contentType', 'tracestate'])(
    'Q38 is refused before it leaves where it has more than 1024 characters: %s',
    (field) => {
      expect(() => written({ [field]: 'x'.repeat(1024) })).not.toThrow();
      expect(refusal(() => written({ [field]: 'x'.repeat(1025) })).code).toBe('CAR5037');
    },
  );

  it('Q38 is refused where it is long among those of the program, or one of many', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`a${index}`, 1]));

    expect(refusal(() => written({ extensions: { tenant: 'x'.repeat(1025) } })).code).toBe(
      'CAR5037',
    );
    expect(refusal(() => written({ extensions: many }))).toMatchObject({
      code: 'CAR5037',
      message: expect.stringContaining('65 attributes of its own, of which 64 are allowed'),
    });
  });

  it.each([
    ['subject', ['a', 'b","type":"admin'], 'is not text'],
    ['subject', '', 'is not text'],
    ['subject', 5, 'is not text'],
    ['id', undefined, 'is not text'],
    ['id', 7n, 'is not text'],
    ['source', undefined, 'is not text'],
    ['type', ['order.placed'], 'is not text'],
    ['time', Number.POSITIVE_INFINITY, 'is not text'],
    ['time', 1n, 'is not text'],
    ['time', 'soon', 'is not a time of RFC 3339'],
    ['schemaVersion', 1.5, 'is not a whole number'],
    ['schemaVersion', Number.POSITIVE_INFINITY, 'is not a whole number'],
    ['kind', 'ghost', 'is unknown'],
  ])(
    'Q38 is refused before it leaves where no reader would take it: %s is %p',
    (field, value, fault) => {
      // Also for a second message like the one before.
      for (let count = 0; count < 2; count += 1) {
        expect(refusal(() => written({ [field]: value }))).toMatchObject({
          code: 'CAR5037',
          message: expect.stringContaining(fault),
        });
      }
    },
  );

  it('Q38 is not carried on where another program wrote more than the limits allow', () => {
    const foreign = { ...envelope, id: tooLong, correlationId: tooLong, traceparent: longest };
    const heard = (facts: Envelope) =>
      continuedFacts({
        currentMessage: { context: { facts: envelopeFacts(facts, 1) } },
      } as Runtime);

    expect(heard(foreign)).toEqual({ traceparent: longest });
    expect(heard({ ...envelope, correlationId: longest })).toEqual({
      correlationId: longest,
      causationId: '1',
    });
  });
});

describe('what another program wrote', () => {
  it('Q11 is read where a hop in the binary mode of HTTP made a text of the version', () => {
    const text = written({ schemaVersion: 3 }).replace('"schemaversion":3', '"schemaversion":"3"');

    expect(decodeEnvelope(text).schemaVersion).toBe(3);
  });

  it('Q11 is read where it was sent in a leap second, and has a time', () => {
    const text = written({ time: '2016-12-31T23:59:60.5Z' });

    expect(envelopeFacts(decodeEnvelope(text), 1).time).toEqual(new Date('2017-01-01T00:00:00.5Z'));
  });
});
