/** Names in RabbitMQ: each fits, and no two queues share one. */
import { describe, expect, it } from '@jest/globals';
import { rabbitBus, rabbitQueue } from 'carillon/rabbitmq';
import { fittingName, queueNames } from '../../../src/engines/rabbitmq/queue-names.js';
import { fc } from '../../support/properties.js';

describe('the names of queues in RabbitMQ', () => {
  it('Q38 fit, are whole characters, and differ where the names of the queues do', () => {
    const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 255 });
    const name = any.filter((text) => !text.includes('\uFFFD'));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [first, second] = [queueNames('carillon', one), queueNames('carillon', other)];
        expect(Buffer.byteLength(first.dead)).toBeLessThanOrEqual(255);
        expect(first.due).not.toMatch(/[\p{Surrogate}\uFFFD]/u);
        expect(first.due).not.toMatch(/[\r\n]/);
        expect(first.due === second.due).toBe(one === other);
      }),
    );
  });

  it('Q38 are as they are where they fit, and end in a hash where they do not', () => {
    const long = '鐘'.repeat(100);

    expect(queueNames('carillon', 'mail.a').due).toBe('carillon:mail.a');
    expect(fittingName('x'.repeat(255))).toBe('x'.repeat(255));
    expect(fittingName(long)).toMatch(/^鐘{70}~[\w-]{43}$/);
    expect(fittingName(`${long}.`)).not.toBe(fittingName(long));
  });

  it.each([
    () => rabbitQueue({ prefix: '鐘'.repeat(67) }),
    () => rabbitQueue({ prefix: 'a\nb' }),
    () => rabbitBus({ exchange: 'x'.repeat(201) }),
  ])('Q38 begin with no more than 200 bytes of one line', (give) => {
    expect(give).toThrow(/^CAR70(22|30): .* Give text of 1 to 200 bytes, in one line\./);
  });
});
