/** The children of a scope, held weakly: one that nothing else refers to is collected. */

/** After that many additions, those that were collected are looked for. */
const FIRST_SWEEP = 64;

/** The place of one child among the others. After its removal it has only itself beside it. */
export class WeakChild<T extends object> {
  previous: WeakChild<T> = this;
  next: WeakChild<T> = this;

  constructor(readonly ref?: WeakRef<T>) {}

  /** Leaves it no reference to the others: an old object would keep them from being collected. */
  remove(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }
}

/** In the order in which they were added: a ring of places, because a `Set` allocates a new table when its last element goes. */
export class WeakChildren<T extends object> {
  readonly #ring = new WeakChild<T>();
  #added = 0;
  #sweepAt = FIRST_SWEEP;

  /** Adds a child; what is returned removes it again. */
  add(added: T): WeakChild<T> {
    const child = new WeakChild<T>(new WeakRef(added));
    const last = this.#ring.previous;
    child.previous = last;
    child.next = this.#ring;
    last.next = child;
    this.#ring.previous = child;
    this.#added += 1;
    if (this.#added > this.#sweepAt) this.#sweep();
    return child;
  }

  get isEmpty(): boolean {
    return this.#ring.next === this.#ring || this.alive().length === 0;
  }

  /** Removes those that were collected. */
  alive(): T[] {
    const alive: T[] = [];
    for (let child = this.#ring.next; child !== this.#ring; ) {
      const { next, ref } = child;
      const target = ref?.deref();
      if (target === undefined) child.remove();
      else alive.push(target);
      child = next;
    }
    return alive;
  }

  /** The next one comes after as many additions as there are children alive: sweeping costs no more than adding. */
  #sweep(): void {
    this.#added = 0;
    this.#sweepAt = Math.max(FIRST_SWEEP, this.alive().length);
  }
}
