/**
 * A tree of topic patterns. It is gone through as a nondeterministic automaton, all branches at once and segment by segment, so that finding
 * the patterns that match a topic costs the topic's length times the branches that it reaches, however many ways lead to them.
 */
import { isPattern } from '../../decorators/topic-name.js';

class Branch<V> {
  readonly children = new Map<string, Branch<V>>();
  /** Whether it is `**`, which takes any number of segments. */
  readonly isAny: boolean;
  value: V | undefined = undefined;
  /** The step at which it was reached last. */
  reachedAt = 0;

  constructor(segment: string) {
    this.isAny = segment === '**';
  }
}

/** Values by topic pattern; `*` is one segment, `**` any number of them. */
export class TopicTree<V> {
  readonly #root = new Branch<V>('');
  #size = 0;
  /** Counted over all matches, so that no branch has to be reset. */
  #step = 0;

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
        next = new Branch<V>(segment);
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
    let reached: Branch<V>[] = [];
    this.#step += 1;
    this.#reach(this.#root, reached);
    for (const segment of topic.split('.')) {
      const next: Branch<V>[] = [];
      this.#step += 1;
      for (const branch of reached) {
        if (branch.isAny) this.#reach(branch, next);
        this.#reach(branch.children.get('*'), next);
        this.#reach(branch.children.get(segment), next);
      }
      reached = next;
    }
    const found = new Set<V>();
    for (const { value } of reached) if (value !== undefined) found.add(value);
    return found;
  }

  /** Once for each step; `**` is reached with what it follows, because it may take nothing. */
  #reach(branch: Branch<V> | undefined, reached: Branch<V>[]): void {
    if (branch === undefined || branch.reachedAt === this.#step) return;
    branch.reachedAt = this.#step;
    reached.push(branch);
    this.#reach(branch.children.get('**'), reached);
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

/** Whether a pattern matches a topic. */
export function topicMatches(pattern: string, topic: string): boolean {
  return topicFilter(pattern)(topic);
}

/** The test for one topic or pattern. */
export function topicFilter(pattern: string): (topic: string) => boolean {
  if (!isPattern(pattern)) return (topic) => topic === pattern;
  const tree = new TopicTree<true>();
  tree.obtain(pattern, () => true);
  return (topic) => tree.match(topic).size > 0;
}
