/** Delayed items, the earliest first: a binary heap (J. W. J. Williams, "Algorithm 232", 1964). */

/** Of items due at the same time, the one added first comes first. */
export class DueHeap<T> {
  #entries: Entry<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** When the earliest is due. */
  get next(): number | undefined {
    return this.#entries[0]?.due;
  }

  add(item: T, due: number): void {
    this.#order += 1;
    this.#entries.push({ due, order: this.#order, item });
    let index = this.#entries.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLess(index, parent)) break;
      index = parent;
    }
  }

  /** Removes and returns the earliest item, if it is due by then. */
  take(now: number): T | undefined {
    const [first] = this.#entries;
    if (first === undefined || first.due > now) return undefined;
    const last = this.#entries.pop() as Entry<T>;
    if (this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink();
    }
    return first.item;
  }

  /** Removes an item, wherever it is; this costs a pass over all. */
  remove(item: T): boolean {
    const kept = this.#entries.filter((entry) => entry.item !== item);
    if (kept.length === this.#entries.length) return false;
    // A sorted list is a heap.
    this.#entries = kept.sort((a, b) => a.due - b.due || a.order - b.order);
    return true;
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      if (left >= this.#entries.length) return;
      const child =
        left + 1 < this.#entries.length && this.#isLess(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfLess(child, index)) return;
      index = child;
    }
  }

  #swapIfLess(lower: number, upper: number): boolean {
    if (!this.#isLess(lower, upper)) return false;
    const entry = this.#entries[lower] as Entry<T>;
    this.#entries[lower] = this.#entries[upper] as Entry<T>;
    this.#entries[upper] = entry;
    return true;
  }

  #isLess(a: number, b: number): boolean {
    const one = this.#entries[a] as Entry<T>;
    const other = this.#entries[b] as Entry<T>;
    return one.due < other.due || (one.due === other.due && one.order < other.order);
  }
}

interface Entry<T> {
  readonly due: number;
  readonly order: number;
  readonly item: T;
}
