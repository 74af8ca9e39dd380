/** A first-in, first-out list that also takes items at the front. */

/** Taking the first item costs the same, however many there are. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Adds an item at the front. */
  unshift(item: T): void {
    if (this.#head === 0) this.#items.unshift(item);
    else {
      this.#head -= 1;
      this.#items[this.#head] = item;
    }
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      // The memory of a long list is released, a short one is reused.
      if (this.#head > 4096) this.#items = [];
      else this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= 4096 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Removes and returns the items that match, in order. */
  remove(matches: (item: T) => boolean): T[] {
    const items = this.#items.slice(this.#head) as T[];
    const removed = items.filter(matches);
    if (removed.length > 0) {
      this.#items = items.filter((item) => !matches(item));
      this.#head = 0;
    }
    return removed;
  }
}
