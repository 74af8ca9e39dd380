import { describe, expect, it } from '@jest/globals';
import { hiddenField } from '../../src/scope/hidden-field.js';

class Point {
  constructor(readonly x: number) {}
}

describe('a hidden field', () => {
  it.each([
    ['an instance', new Point(1)],
    ['a frozen one', Object.freeze(new Point(1))],
    ['an object without a prototype', Object.create(null) as object],
    ['a proxy', new Proxy(new Point(1), {})],
    ['a function', () => undefined],
  ])('belongs to %s, which looks as before', (_, subject) => {
    const field = hiddenField<string>();
    const before = Reflect.ownKeys(subject);

    const first = field.of(subject);
    field.set(subject, 'first');
    const second = field.of(subject);
    field.set(subject, 'second');

    expect([first, second, field.of(subject)]).toEqual([undefined, 'first', 'second']);
    expect(Reflect.ownKeys(subject)).toEqual(before);
  });

  it('is one of its own for each that is made', () => {
    const subject = new Point(1);
    const [one, other] = [hiddenField<string>(), hiddenField<string>()];

    one.set(subject, 'mine');

    expect([one.of(subject), other.of(subject)]).toEqual(['mine', undefined]);
  });

  it('is not that of what a proxy stands for', () => {
    const subject = new Point(1);
    const field = hiddenField<string>();

    field.set(subject, 'mine');

    expect(field.of(new Proxy(subject, {}))).toBeUndefined();
  });
});
