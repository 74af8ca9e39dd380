/** Which patterns match which topics. */
import { describe, expect, it, jest } from '@jest/globals';
import { TopicTree, topicMatches } from '../../src/events/topic-tree.js';

function treeOf(...patterns: string[]): TopicTree<string> {
  const tree = new TopicTree<string>();
  for (const pattern of patterns) tree.obtain(pattern, () => pattern);
  return tree;
}

const CASES: readonly [pattern: string, matching: string[], other: string[]][] = [
  [
    'order.placed',
    ['order.placed'],
    ['order', 'placed', 'order.placed.late', 'late.order.placed', 'order.shipped'],
  ],
  ['*', ['order', 'placed'], ['order.placed']],
  ['*.placed', ['order.placed', 'bid.placed'], ['placed', 'order.shipped', 'eu.order.placed']],
  ['order.*', ['order.placed', 'order.shipped'], ['order', 'order.placed.late', 'stock.placed']],
  ['order.*.late', ['order.placed.late'], ['order.late', 'order.placed', 'order.eu.placed.late']],
  ['*.*', ['order.placed'], ['order', 'order.placed.late']],
  ['**', ['order', 'order.placed', 'order.placed.late'], []],
  ['**.placed', ['placed', 'order.placed', 'eu.order.placed'], ['placed.late', 'order.shipped']],
  ['order.**', ['order', 'order.placed', 'order.placed.late'], ['orders', 'eu.order']],
  [
    'order.**.late',
    ['order.late', 'order.placed.late', 'order.a.b.late'],
    ['order', 'late', 'order.late.not'],
  ],
  ['order.**.**', ['order', 'order.placed', 'order.placed.late'], ['stock']],
  ['**.**', ['order', 'order.placed'], []],
  ['**.*', ['order', 'order.placed', 'a.b.c'], []],
  ['*.**', ['order', 'order.placed', 'a.b.c'], []],
  ['**.*.*', ['order.placed', 'a.b.c'], ['order']],
  [
    '**.order.**',
    ['order', 'eu.order', 'order.placed', 'eu.order.placed'],
    ['orders', 'eu.orders.placed'],
  ],
  ['**.a.**.a.**', ['a.a', 'a.b.a', 'b.a.a.b'], ['a', 'b.a.b']],
];

describe('a topic tree', () => {
  it.each(CASES)(
    'finds %p for the topics that it matches, and for no others',
    (pattern, matching, other) => {
      const tree = treeOf(pattern);

      const found = [...matching, ...other].filter((topic) => tree.match(topic).length > 0);

      expect(found).toEqual(matching);
    },
  );

  it('finds every pattern that matches, each once, however many ways lead to it', () => {
    const tree = treeOf('**', '**.**', '*.**.*', 'a.**', '**.a', 'a.a.a', 'b.**', '*');

    const found = tree.match('a.a.a');

    expect([...found].sort()).toEqual(['**', '**.**', '**.a', '*.**.*', 'a.**', 'a.a.a']);
  });

  it('keeps the first value of a pattern', () => {
    const tree = treeOf('order.*');

    const value = tree.obtain('order.*', () => 'another');

    expect({ value, size: tree.size }).toEqual({ value: 'order.*', size: 1 });
  });

  it('takes a topic segment that is named like a property of every object for what it is', () => {
    const tree = treeOf('constructor.*', '__proto__');

    expect([...tree.match('constructor.name')]).toEqual(['constructor.*']);
    expect([...tree.match('__proto__')]).toEqual(['__proto__']);
    expect(tree.match('toString').length).toBe(0);
  });

  it('forgets a pattern that is deleted and keeps those above, below and beside it', () => {
    const tree = treeOf('a', 'a.*', 'a.*.b', 'a.*.c', 'a.**');

    tree.delete('a.*.b');
    tree.delete('a.*');

    expect([...tree.match('a.x.b')]).toEqual(['a.**']);
    expect([...tree.match('a.x')]).toEqual(['a.**']);
    expect([...tree.match('a.x.c')].sort()).toEqual(['a.**', 'a.*.c']);
    expect(tree.size).toBe(3);
  });

  it('takes no notice of a pattern that it does not have', () => {
    const tree = treeOf('a.*.b');

    tree.delete('a');
    tree.delete('a.*');
    tree.delete('a.*.b.c');
    tree.delete('other');

    expect({ treeSize: tree.size, matchSize: tree.match('a.x.b').length }).toEqual({
      treeSize: 1,
      matchSize: 1,
    });
  });

  it('counts a deletion once', () => {
    const tree = treeOf('a.*', 'b.*');

    tree.delete('a.*');
    tree.delete('a.*');

    expect(tree.size).toBe(1);
  });

  it('prunes the branches that only a deleted pattern needed', () => {
    const tree = treeOf('a.*', '**.b', '**.b.*.c.d', 'a.**.b.**', 'a.*.b.*.c');
    const never = treeOf('a.*', '**.b');
    for (const pattern of ['**.b.*.c.d', 'a.**.b.**', 'a.*.b.*.c']) tree.delete(pattern);

    const steps = ['a.b', 'a.x.b.y.c', 'b.b.x.c.d'].map((topic) => [
      stepsOf(tree, topic),
      stepsOf(never, topic),
    ]);

    expect(steps.map(([pruned]) => pruned)).toEqual(steps.map(([, fresh]) => fresh));
  });
});

describe('matching a topic', () => {
  it.each([1, 2, 5, 20])(
    'Q38 costs its length times that of the pattern, with %p wildcards for any number of segments',
    (count) => {
      const pattern = `${'**.a.'.repeat(count)}**.b`;
      const steps = [20, 40, 80].map((length) =>
        stepsOf(treeOf(pattern), Array.from({ length }, () => 'a').join('.')),
      );

      // Each segment asks each branch for three children at most, and each of these for one.
      for (const [index, length] of [20, 40, 80].entries())
        expect(steps[index]).toBeLessThan(6 * (length + 1) * (2 * count + 3));
      expect(topicMatches(pattern, `${'a.'.repeat(100)}b`)).toBe(true);
      expect(topicMatches(pattern, `${'a.'.repeat(100)}c`)).toBe(false);
    },
  );

  it('Q38 costs its length with many patterns that begin alike', () => {
    const patterns = Array.from({ length: 200 }, (_, index) => `**.a.*.${index}.**`);
    const topic = Array.from({ length: 60 }, () => 'a').join('.');

    expect(stepsOf(treeOf(...patterns), topic)).toBeLessThan(6 * 61 * 4);
  });
});

/** How many branches a match asks for. */
function stepsOf(tree: TopicTree<string>, topic: string): number {
  const get = jest.spyOn(Map.prototype, 'get');
  tree.match(topic);
  const steps = get.mock.calls.length;
  get.mockRestore();
  return steps;
}
