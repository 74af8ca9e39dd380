/**
 * A tree of topic patterns. It is gone through as a nondeterministic automaton, all branches at once and segment by segment, so that finding
 * the patterns that match a topic costs the topic's length times the branches that it reaches, however many ways lead to them.
 */
import { isPattern } from '../../decorators/topic-name.js';

class Branch<V> {
  /** By segments without a wildcard; made for the first of them, because many branches have none. */
  children: Map<string, Branch<V>> | undefined = undefined;
  /** Behind `*`. */
  one: Branch<V> | undefined = undefined;
  /** Behind `**`. */
  any: Branch<V> | undefined = undefined;
  value: V | undefined = undefined;
  /** The step at which it was reached last. */
  reachedAt = 0;

  /** @param isAny whether it is behind `**`, which takes any number of segments */
  constructor(readonly isAny: boolean) {}

  get(segment: string): Branch<V> | undefined {
    if (segment === '*') return this.one;
    return segment === '**' ? this.any : this.children?.get(segment);
  }

  obtain(segment: string): Branch<V> {
    if (segment === '*') {
      this.one ??= new Branch(false);
      return this.one;
    }
    if (segment === '**') {
      this.any ??= new Branch(true);
      return this.any;
    }
    this.children ??= new Map();
    const child = this.children.get(segment) ?? new Branch(false);
    this.children.set(segment, child);
    return child;
  }

  delete(segment: string): void {
    if (segment === '*') this.one = undefined;
    else if (segment === '**') this.any = undefined;
    else this.children?.delete(segment);
    if (this.children?.size === 0) this.children = undefined;
  }

  get isEmpty(): boolean {
    return (this.value ?? this.children ?? this.one ?? this.any) === undefined;
  }
}

/** Values by topic pattern; `*` is one segment, `**` any number of them. */
export class TopicTree<V> {
  readonly #root = new Branch<V>(false);
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
    for (const segment of pattern.split('.')) branch = branch.obtain(segment);
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
  match(topic: string): V[] {
    let reached: Branch<V>[] = [];
    this.#step += 1;
    this.#reach(this.#root, reached);
    for (let start = 0, end = 0; end >= 0 && reached.length > 0; start = end + 1) {
      end = topic.indexOf('.', start);
      const segment = end < 0 ? topic.slice(start) : topic.slice(start, end);
      const next: Branch<V>[] = [];
      this.#step += 1;
      for (const branch of reached) {
        if (branch.isAny) this.#reach(branch, next);
        this.#reach(branch.one, next);
        this.#reach(branch.children?.get(segment), next);
      }
      reached = next;
    }
    const found: V[] = [];
    for (const { value } of reached) if (value !== undefined) found.push(value);
    return found;
  }

  /** Once for each step; `**` is reached with what it follows, because it may take nothing. */
  #reach(branch: Branch<V> | undefined, reached: Branch<V>[]): void {
    if (branch === undefined || branch.reachedAt === this.#step) return;
    branch.reachedAt = this.#step;
    reached.push(branch);
    if (branch.any !== undefined) this.#reach(branch.any, reached);
  }

  #prune(branch: Branch<V>, segments: readonly string[], depth: number): boolean {
    if (depth === segments.length) {
      const had = branch.value !== undefined;
      branch.value = undefined;
      return had;
    }
    const segment = segments[depth] as string;
    const next = branch.get(segment);
    if (next === undefined) return false;
    const removed = this.#prune(next, segments, depth + 1);
    if (next.isEmpty) branch.delete(segment);
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
  return (topic) => tree.match(topic).length > 0;
}
