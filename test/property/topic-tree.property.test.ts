/** The topic tree against a matcher that tries everything. */
import { describe, expect, it } from '@jest/globals';
import { TopicTree } from '../../src/events/topic-tree.js';
import { fc } from '../support/properties.js';

const path = (...segments: string[]) =>
  fc
    .array(fc.constantFrom(...segments), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join('.'));
const topics = path('a', 'b', 'c');
const patterns = path('a', 'b', '*', '**');

function matches([head, ...rest]: readonly string[], topic: readonly string[]): boolean {
  if (head === undefined) return topic.length === 0;
  if (head === '**')
    return topic.some((_, index) => matches(rest, topic.slice(index))) || matches(rest, []);
  return topic.length > 0 && (head === '*' || head === topic[0]) && matches(rest, topic.slice(1));
}

describe('the topic tree', () => {
  it('E10 finds exactly the patterns that match, also after others were deleted', () => {
    const program = fc.array(fc.record({ pattern: patterns, present: fc.boolean() }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(program, fc.array(topics, { minLength: 1, maxLength: 10 }), (steps, asked) => {
        const tree = new TopicTree<string>();
        const known = new Set<string>();
        for (const { pattern, present } of steps) {
          if (present) tree.obtain(pattern, () => pattern);
          else tree.delete(pattern);
          if (present) known.add(pattern);
          else known.delete(pattern);
        }

        const found = asked.map((topic) => [...tree.match(topic)].sort());

        const wanted = asked.map((topic) =>
          [...known].filter((pattern) => matches(pattern.split('.'), topic.split('.'))).sort(),
        );
        expect(found).toEqual(wanted);
        expect(tree.size).toBe(known.size);
      }),
      { numRuns: 500 },
    );
  });
});
