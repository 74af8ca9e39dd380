/** Payload classes rebuilt and checked by their decorators. */
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { EventType } from 'carillon';
import { classValidator } from 'carillon/class-validator';
import { Type } from 'class-transformer';
import { IsDate, IsEmail, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { MessageCodec } from '../../../src/events/message-codec.js';

class Line {
  @IsString()
  sku: string;

  @IsInt()
  @Min(1)
  count: number;

  constructor(sku: string, count: number) {
    this.sku = sku;
    this.count = count;
  }
}

@EventType({ name: 'order.placed' })
class OrderPlaced {
  @IsEmail()
  customer: string;

  @IsDate()
  @Type(() => Date)
  at: Date;

  @ValidateNested({ each: true })
  @Type(() => Line)
  lines: Line[];

  constructor(customer: string, at: Date, lines: Line[]) {
    this.customer = customer;
    this.at = at;
    this.lines = lines;
  }
}

@EventType({ name: 'strict', unknown: 'refuse' })
class Strict {
  @IsString()
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}

const codec = new MessageCodec({ source: '/shop', reader: classValidator() });

const order = () =>
  new OrderPlaced('ann@example.org', new Date('2026-01-02T03:04:05.678Z'), [new Line('rope', 2)]);

async function read(type: typeof OrderPlaced | typeof Strict, data: unknown): Promise<unknown> {
  const text = JSON.stringify({
    specversion: '1.0',
    id: 'f1',
    source: '/foreign',
    type: 'any',
    data,
  });
  return codec.payloadFor(type, codec.decode(text));
}

describe('payloads by class-transformer and class-validator', () => {
  it('Q14 come back as instances all the way down', async () => {
    const { text } = await codec.encode(OrderPlaced, order());

    const back = (await codec.payloadFor(OrderPlaced, codec.decode(text))) as OrderPlaced;

    expect(back).toEqual(order());
    expect(back).toBeInstanceOf(OrderPlaced);
    expect(back.at).toBeInstanceOf(Date);
    expect(back.lines[0]).toBeInstanceOf(Line);
  });

  it('Q14 do not leave when they are not valid, and say where', async () => {
    const broken = order();
    broken.lines.push(new Line('bell', 0));
    broken.customer = 'nobody';

    await expect(async () => codec.encode(OrderPlaced, broken)).rejects.toMatchObject({
      code: 'CAR5035',
      message: expect.stringMatching(
        /customer must be an email.*lines\.1\.count must not be less than 1/,
      ),
    });
  });

  it('Q14 do not enter when they are not valid', async () => {
    const data = {
      customer: 'ann@example.org',
      at: '2026-01-02T03:04:05.678Z',
      lines: [{ sku: 1, count: 1 }],
    };

    await expect(read(OrderPlaced, data)).rejects.toMatchObject({
      code: 'CAR5035',
      message: expect.stringContaining(
        'f1 of /foreign is not a valid OrderPlaced: lines.0.sku must be a string',
      ),
    });
    await expect(read(OrderPlaced, 'text')).rejects.toMatchObject({ code: 'CAR5035' });
    await expect(read(OrderPlaced, [data])).rejects.toMatchObject({ code: 'CAR5035' });
  });

  it('Q14 lose what is unknown, both ways, and the sender keeps it', async () => {
    const sent = Object.assign(order(), { secret: 'x' });
    Object.assign(sent.lines[0] as Line, { secret: 'y' });

    const { text } = await codec.encode(OrderPlaced, sent);
    const entered = await read(OrderPlaced, {
      ...(codec.decode(text).data as object),
      secret: 'z',
    });

    expect(text).not.toContain('secret');
    expect(entered).not.toHaveProperty('secret');
    expect(sent.secret).toBe('x');
  });

  it('Q14 are refused for what is unknown, where the class asks for that', async () => {
    await expect(async () =>
      codec.encode(Strict, Object.assign(new Strict('1'), { extra: 1 })),
    ).rejects.toMatchObject({
      code: 'CAR5035',
      message: expect.stringContaining('property extra should not exist'),
    });
    await expect(read(Strict, { id: '1', extra: 1 })).rejects.toMatchObject({ code: 'CAR5035' });
    await expect(read(Strict, { id: '1' })).resolves.toEqual(new Strict('1'));
  });

  it('CAR7020: refuses a class without decorators, whose every property would be dropped', () => {
    @EventType({ name: 'bare' })
    class Bare {
      id = 1;
    }

    expect(() => codec.nameOf(Bare)).toThrow(
      expect.objectContaining({
        code: 'CAR7020',
        message: expect.stringContaining('Bare has no decorator of class-validator'),
      }),
    );
  });
});
