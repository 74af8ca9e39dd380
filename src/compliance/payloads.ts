/** Payloads that are hard to carry: one that arrives as it is, and some that are refused. */

interface Platform {
  readonly URL: new (text: string) => object;
}

const { URL } = globalThis as unknown as Platform;

class Money {
  constructor(readonly cents: number) {}
}

/** Everything that travels and that JSON does not have; a new one at each call. */
export function fidelity() {
  return {
    at: new Date(1_700_000_000_123),
    amount: 2n ** 80n,
    prices: new Map<unknown, unknown>([
      ['eur', new Date(0)],
      [{ currency: 'usd' }, new Set([1n, undefined])],
    ]),
    tags: new Set<unknown>(['a', new Map([[1, 'one']])]),
    bytes: Uint8Array.of(0, 1, 255),
    link: new URL('https://example.org/a?b=c#d'),
    list: [undefined, null, 1, undefined],
    absent: undefined,
    nested: { deep: [{ at: new Date(1), big: -1n }] },
    text: 'größe ☃ 🔔 \u0000 \u2028',
  };
}

export type Fidelity = ReturnType<typeof fidelity>;

/** Empties and changes whatever can be changed. */
export function spoil(payload: Fidelity): void {
  payload.at.setTime(0);
  payload.prices.clear();
  payload.tags.clear();
  payload.bytes.fill(7);
  payload.list.length = 0;
  payload.nested.deep.pop();
  payload.text = '';
}

/** What cannot travel, by what a refusal calls it. */
export const REFUSED: readonly (readonly [fault: string, value: unknown])[] = [
  ['an instance of Money', new Money(5)],
  ['an instance of Error', new Error('card expired')],
  ['an instance of RegExp', /x/],
  ['an instance of Promise', Promise.resolve()],
  ['an instance of WeakMap', new WeakMap()],
  ['an invalid Date', new Date(Number.NaN)],
  ['the number NaN', Number.NaN],
  ['the number Infinity', Number.POSITIVE_INFINITY],
  ['a symbol', Symbol('s')],
  ['a function', () => 1],
];
