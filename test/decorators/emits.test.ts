/** What `@Emits` takes, keeps and refuses. */
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, defineEvent, Emits } from 'carillon/decorators';
import { declaredEmits } from '../../decorators/emits.js';

class Placed {}
const Tick = defineEvent<number>('tick');

/** What the declarations say, without where they stand. */
function emitsOf(declaringClass: { readonly prototype: object }) {
  return declaredEmits(declaringClass.prototype).map(({ event, method, by }) => [
    method,
    event,
    by,
  ]);
}

function codeOf(decorate: () => unknown): string | undefined {
  try {
    decorate();
    return undefined;
  } catch (error) {
    return (error as CarillonError).code;
  }
}

describe('@Emits', () => {
  it('keeps each event and the way that it is sent', () => {
    class Shop {
      @Emits([Placed, Tick])
      @Emits('stock.low', { by: 'publish' })
      place(): void {}
    }

    expect(emitsOf(Shop)).toEqual([
      ['place', 'stock.low', 'publish'],
      ['place', Placed, 'emit'],
      ['place', Tick, 'emit'],
    ]);
  });

  it('is inherited, once where both say the same', () => {
    class Shop {
      @Emits(Placed)
      place(): void {}
    }
    class Branch extends Shop {
      @Emits([Placed, Tick])
      override place(): void {}
    }

    expect(emitsOf(Branch)).toEqual([
      ['place', Placed, 'emit'],
      ['place', Tick, 'emit'],
    ]);
    expect(emitsOf(Shop)).toHaveLength(1);
  });

  it('works as a standard decorator', () => {
    class Shop {
      place(): void {}
    }
    const context = {
      kind: 'method',
      name: 'place',
      static: false,
      private: false,
      addInitializer: () => undefined,
    } as const;
    Emits(Placed, { by: 'defer' })(Shop.prototype.place, context);

    expect(emitsOf(Shop)).toEqual([['place', Placed, 'defer']]);
  });

  it.each([
    [
      'CAR1001',
      'a static method',
      () => Emits(Placed)(Object as never, 'keys', { value: () => 0 }),
    ],
    ['CAR1002', 'a field', () => Emits(Placed)({}, 'name', {} as never)],
    ['CAR1004', 'no event', () => Emits(undefined as never)({}, 'place', { value: () => 0 })],
    ['CAR1005', 'a pattern', () => Emits('order.*')({}, 'place', { value: () => 0 })],
    [
      'CAR1007',
      'another way',
      () => Emits(Placed, { by: 'shout' as never })({}, 'place', { value: () => 0 }),
    ],
    ['CAR1009', 'an event twice', () => Emits([Placed, Placed])({}, 'place', { value: () => 0 })],
    ['CAR1010', 'no parentheses', () => Emits({} as never, 'place' as never)],
  ])('refuses with %s %s', (code, _what, decorate) => {
    expect(codeOf(decorate)).toBe(code);
  });
});
