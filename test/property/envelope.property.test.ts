/** Whatever can be sent comes back, and whatever comes is either read or refused with a code. */
import { describe, expect, it } from '@jest/globals';
import { CarillonError } from 'carillon';
import { decodeEnvelope, type Envelope, encodeEnvelope } from 'carillon/engine';
import { CloudEvent, HTTP } from 'cloudevents';
import { fc } from '../support/properties.js';

const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

const key = fc.string().filter((name) => !FORBIDDEN.includes(name));

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const text = fc.string({ minLength: 1, unit: 'grapheme' });

const extension = fc.tuple(
  fc
    .stringMatching(/^[a-z0-9]{1,20}$/)
    .filter(
      (name) =>
        !/^(id|source|type|time|subject|data|specversion|constructor|prototype)$/.test(name),
    ),
  fc.oneof(fc.string(), fc.boolean(), fc.integer()),
);

const envelope: fc.Arbitrary<Envelope> = fc.record(
  {
    id: text,
    source: fc.webUrl(),
    type: text,
    time: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
      .map((date) => date.toISOString()),
    subject: text,
    kind: fc.constantFrom('class' as const, 'token' as const, 'topic' as const),
    schemaVersion: fc.integer({ min: 1, max: 1000 }),
    correlationId: text,
    causationId: text,
    traceparent: text,
    tracestate: text,
    orderingKey: text,
    extensions: fc.array(extension, { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
    data: fc.oneof(json, fc.uint8Array()),
  },
  { requiredKeys: ['id', 'source', 'type', 'extensions'] },
);

/** The SDK leaves out data that is falsy or has no bytes. */
function isNothing(data: unknown): boolean {
  return !data || (data instanceof Uint8Array && data.length === 0);
}

describe('any envelope', () => {
  it('Q11 comes back as it was', () => {
    fc.assert(
      fc.property(envelope, (sent) => expect(decodeEnvelope(encodeEnvelope(sent))).toEqual(sent)),
    );
  });

  it('Q11 is read and written again by the CloudEvents SDK without a change', () => {
    fc.assert(
      fc.property(
        envelope.filter(({ data }) => !isNothing(data)),
        (sent) => {
          const headers = { 'content-type': 'application/cloudevents+json' };
          const read = HTTP.toEvent({ headers, body: encodeEnvelope(sent) }) as CloudEvent;

          const { body } = HTTP.structured(
            new CloudEvent(read.toJSON() as Partial<CloudEvent>, false),
          );

          const back = decodeEnvelope(body as string);
          // The SDK adds the time that is missing.
          expect({ ...back, time: sent.time }).toEqual({ ...sent, time: sent.time });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('Q14 is read or refused with a code, whatever JSON it is', () => {
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .dictionary(fc.string(), fc.jsonValue())
        .map((value) =>
          JSON.stringify({ specversion: '1.0', id: '1', source: 's', type: 't', ...value }),
        ),
    );
    fc.assert(
      fc.property(anything, (message) => {
        let error: unknown;
        try {
          decodeEnvelope(message);
        } catch (thrown) {
          error = thrown;
        }
        return (
          error === undefined || (error instanceof CarillonError && /^CAR503[34]$/.test(error.code))
        );
      }),
    );
  });
});
