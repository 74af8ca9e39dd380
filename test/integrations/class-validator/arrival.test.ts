/** What classValidator() lets out is what it lets in: values that class-transformer takes apart, and objects that it would change. */
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, type EventClass, EventType } from 'carillon';
import { classValidator } from 'carillon/class-validator';
import { Expose, Transform, Type } from 'class-transformer';
import { Allow, IsDate, IsInstance, IsInt, IsString, ValidateNested } from 'class-validator';
import { MessageCodec } from '../../../src/events/message-codec.js';

class Money {
  @IsInt()
  cents = 5;
}

class Line {
  @IsString()
  sku = 'rope';

  @Expose()
  get label(): string {
    return `line ${this.sku}`;
  }
}

class GiftLine extends Line {
  @IsString()
  wish = '';
}

@EventType({ name: 'everything' })
class Everything {
  @IsDate() at = new Date(0);
  @IsInstance(Uint8Array) bytes = Uint8Array.of(1, 2);
  @IsInstance(Buffer) image: Uint8Array = Buffer.from('hi');
  @Allow() tags = new Set(['a', 'b']);
  @Allow() counts = new Map<string, unknown>([['a', new Map([[1, 5n]])]]);
  @IsInstance(URL) address = new URL('https://example.org/');
  @Allow() big = 2n ** 70n;
  @Allow() nothing = undefined;
  @Allow() deep = { list: [{ at: new Date(1), bytes: Uint8Array.of(3) }] };
  @Expose({ name: 'other_name' }) @Allow() renamed = Uint8Array.of(9);
}

const codec = new MessageCodec({ source: '/shop', reader: classValidator() });

async function through(event: object): Promise<{ text: string; arrived: unknown }> {
  const type = event.constructor as EventClass;
  const { text } = await codec.encode(type, event);
  return { text, arrived: await codec.payloadFor(type, codec.decode(text)) };
}

async function refusal(event: object): Promise<CarillonError> {
  return through(event).then(
    () => {
      throw new Error('it was accepted');
    },
    (error: CarillonError) => error,
  );
}

describe('what class-transformer would take apart', () => {
  it('Q20 arrives as it was sent: dates, bytes, maps, sets, addresses, bigints, undefined', async () => {
    const event = new Everything();

    const { arrived } = await through(event);

    expect(arrived).toStrictEqual(event);
    expect(arrived).not.toBe(event);
  });

  it('Q20 is refused by its path where no decorator says how it is rebuilt', async () => {
    @EventType({ name: 'priced' })
    class Priced {
      @Allow() price = new Money();
      @Allow() lines = [{ money: new Money() }];
    }
    @EventType({ name: 'matched' })
    class Matched {
      @Allow() pattern = /x/;
    }
    @EventType({ name: 'all' })
    class All {
      @Allow() all = new Set([new Money()]);
    }

    expect(await refusal(new Priced())).toMatchObject({
      code: 'CAR5035',
      message: expect.stringContaining(
        'price is an instance of Money and would arrive as a plain object',
      ),
    });
    expect((await refusal(Object.assign(new Priced(), { price: 1 }))).message).toContain(
      'lines.0.money is an instance of Money',
    );
    expect((await refusal(new Matched())).message).toContain('an instance of RegExp');
    expect(await refusal(new All())).toMatchObject({ code: 'CAR5035' });
  });

  it('Q20 is rebuilt where @Type says how, also what is plain in the sender', async () => {
    @EventType({ name: 'typed' })
    class Typed {
      @ValidateNested() @Type(() => Money) price = new Money();
      @ValidateNested({ each: true }) @Type(() => Money) all: Money[] = [{ cents: 1 }, new Money()];
      @Type(() => Money) @Allow() byName: Map<string, Money> = new Map([['a', new Money()]]);
    }

    const { arrived } = await through(new Typed());

    expect(arrived).toStrictEqual(
      Object.assign(new Typed(), { all: [Object.assign(new Money(), { cents: 1 }), new Money()] }),
    );
  });

  it('Q20 is seen by a @Transform of the class, and refused if that empties it', async () => {
    @EventType({ name: 'transformed' })
    class Transformed {
      @Allow()
      @Transform(({ value }) => [...value], { toPlainOnly: true })
      @Transform(({ value }) => new Set(value), { toClassOnly: true })
      tags = new Set(['a']);
    }
    @EventType({ name: 'emptied' })
    class Emptied {
      @Allow()
      @Transform(({ value }) => Object.keys(value), { toPlainOnly: true })
      @Transform(({ value }) => new Set(value), { toClassOnly: true })
      tags = new Set(['a']);
    }

    const { text, arrived } = await through(new Transformed());

    expect(JSON.parse(text).data).toEqual({ tags: ['a'] });
    expect(arrived).toStrictEqual(new Transformed());
    expect((await refusal(new Emptied())).message).toContain('tags would arrive empty');
  });

  it('Q20 arrives also where a getter is exposed, of the class, of its base, of an object within, with private fields', async () => {
    class Base {
      @IsString()
      id = '1';

      @Expose()
      get label(): string {
        return `order ${this.id}`;
      }
    }
    @EventType({ name: 'order' })
    class Order extends Base {
      readonly #asked = 0;
      @ValidateNested() @Type(() => Line) line = new Line();
      @ValidateNested() @Type(() => GiftLine) gift = new GiftLine();

      @Expose()
      get asked(): number {
        return this.#asked;
      }
    }

    const { text, arrived } = await through(new Order());

    expect(JSON.parse(text).data).toEqual({
      id: '1',
      label: 'order 1',
      asked: 0,
      line: { sku: 'rope', label: 'line rope' },
      gift: { sku: 'rope', wish: '' },
    });
    expect(arrived).toEqual(new Order());
    expect((arrived as Order).label).toBe('order 1');
  });
});

describe('the object of the sender', () => {
  it('Q21 is not changed, where @Type has a discriminator and where something is unknown', async () => {
    class Card {
      @IsString() number = '4111';
    }
    class Cash {
      @IsInt() given = 5;
    }
    const discriminator = {
      property: 'kind',
      subTypes: [
        { name: 'card', value: Card },
        { name: 'cash', value: Cash },
      ],
    };
    @EventType({ name: 'paid' })
    class Paid {
      @ValidateNested() @Type(() => Object, { discriminator }) by: object = new Card();
      @ValidateNested({ each: true }) @Type(() => Object, { discriminator }) also = [new Cash()];
    }
    const event = Object.assign(new Paid(), { secret: 1 });
    const data = { by: { kind: 'cash', given: 1 }, also: [{ kind: 'card', number: '1' }] };

    const { text, arrived } = await through(event);
    const read = await classValidator().read(Paid, data);

    expect(event).toStrictEqual(Object.assign(new Paid(), { secret: 1 }));
    expect(Object.keys(event.by)).toEqual(['number']);
    expect(JSON.parse(text).data.by).toEqual({ kind: 'card', number: '4111' });
    expect(arrived).toStrictEqual(new Paid());
    expect((read as Paid).by).toBeInstanceOf(Cash);
    expect(data).toEqual({ by: { kind: 'cash', given: 1 }, also: [{ kind: 'card', number: '1' }] });
  });
});
