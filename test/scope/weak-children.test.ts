import { describe, expect, it } from '@jest/globals';
import { openScope, scopeOf } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

describe('the scopes below one', () => {
  it('L6 are those that have not ended, the oldest first, whichever went and however often it was told to', async () => {
    const { container } = rootContainer();
    const above = scopeOf(container);
    const open = (name: string) => scopeOf(openScope(container, { name }));
    const names = () => above.children.map(({ name }) => name);
    const [first, second, third, fourth] = [open('1'), open('2'), open('3'), open('4')];

    second.dispose();
    await second.disposeAsync();
    second.dispose();
    expect(names()).toEqual(['1', '3', '4']);
    first.dispose();
    fourth.dispose();
    expect(names()).toEqual(['3']);
    const fifth = open('5');
    expect(names()).toEqual(['3', '5']);
    third.dispose();
    fifth.dispose();

    expect(names()).toEqual([]);
    expect(open('6').parent).toBe(above);
    expect(names()).toEqual(['6']);
  });
});
