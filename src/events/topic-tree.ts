/** A tree of topic patterns: finding those that match a topic costs the topic's length, not the number of patterns. */
import { isPattern } from '../../decorators/topic-name.js';

class Branch<V> {
  readonly children = new Map<string, Branch<V>>();
  value: V | undefined;
}

/** Values by topic pattern; `*` is one segment, `**` any number of them. */
export class TopicTree<V> {
  readonly #root = new Branch<V>();
  #size = 0;

  /** How many patterns have a value. */
  get size(): number {
    return this.#size;
  }

  /** The value of exactly this pattern, made by `create` where there is none. */
  obtain(pattern: string, create: () => V): V {
    let branch = this.#root;
    for (const segment of pattern.split('.')) {
      let next = branch.children.get(segment);
      if (next === undefined) {
        next = new Branch<V>();
        branch.children.set(segment, next);
      }
      branch = next;
    }
    if (branch.value === undefined) {
      branch.value = create();
      this.#size += 1;
    }
    return branch.value;
  }

  /** Forgets a pattern and the branches that only it needed. */
  delete(pattern: string): void {
    if (this.#prune(this.#root, pattern.split('.'), 0)) this.#size -= 1;
  }

  /** The values of all patterns that match the topic, each once. */
  match(topic: string): Set<V> {
    const found = new Set<V>();
    collect(this.#root, topic.split('.'), 0, found);
    return found;
  }

  #prune(branch: Branch<V>, segments: readonly string[], depth: number): boolean {
    if (depth === segments.length) {
      const had = branch.value !== undefined;
      branch.value = undefined;
      return had;
    }
    const segment = segments[depth] as string;
    const next = branch.children.get(segment);
    if (next === undefined) return false;
    const removed = this.#prune(next, segments, depth + 1);
    if (next.value === undefined && next.children.size === 0) branch.children.delete(segment);
    return removed;
  }
}

function collect<V>(
  branch: Branch<V>,
  segments: readonly string[],
  depth: number,
  found: Set<V>,
): void {
  const any = branch.children.get('**');
  if (any !== undefined) {
    for (let rest = depth; rest <= segments.length; rest += 1) collect(any, segments, rest, found);
  }
  if (depth === segments.length) {
    if (branch.value !== undefined) found.add(branch.value);
    return;
  }
  const one = branch.children.get('*');
  if (one !== undefined) collect(one, segments, depth + 1, found);
  const same = branch.children.get(segments[depth] as string);
  if (same !== undefined) collect(same, segments, depth + 1, found);
}

/** Whether a pattern matches a topic. */
export function topicMatches(pattern: string, topic: string): boolean {
  return matchesFrom(pattern.split('.'), 0, topic.split('.'), 0);
}

function matchesFrom(
  pattern: readonly string[],
  at: number,
  topic: readonly string[],
  depth: number,
): boolean {
  const segment = pattern[at];
  if (segment === undefined) return depth === topic.length;
  if (segment !== '**')
    return (
      (segment === '*' ? depth < topic.length : segment === topic[depth]) &&
      matchesFrom(pattern, at + 1, topic, depth + 1)
    );
  for (let rest = depth; rest <= topic.length; rest += 1)
    if (matchesFrom(pattern, at + 1, topic, rest)) return true;
  return false;
}

/** The test for one topic or pattern. */
export function topicFilter(pattern: string): (topic: string) => boolean {
  if (!isPattern(pattern)) return (topic) => topic === pattern;
  const tree = new TopicTree<true>();
  tree.obtain(pattern, () => true);
  return (topic) => tree.match(topic).size > 0;
}
