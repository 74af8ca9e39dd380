/** The children of a scope. Most are held weakly: one that nothing else refers to is collected. */
import { Link } from './ring.js';

/** After that many additions, those that were collected are looked for. */
const FIRST_SWEEP = 64;

/** Leads to something while it is there. */
export interface Reference<T extends object> {
  deref(): T | undefined;
}

/** A reference that lasts until it is released. */
class HeldReference<T extends object> implements Reference<T> {
  #target: T | undefined;

  constructor(target: T) {
    this.#target = target;
  }

  deref(): T | undefined {
    return this.#target;
  }

  release(): void {
    this.#target = undefined;
  }
}

/** The place of one child among the others. */
export class WeakChild<T extends object> extends Link {
  constructor(readonly ref: Reference<T>) {
    super();
  }

  override remove(): void {
    super.remove();
    if (this.ref instanceof HeldReference) this.ref.release();
  }
}

/** In the order in which they were added. */
export class WeakChildren<T extends object> {
  readonly #ring = new Link();
  #added = 0;
  #sweepAt = FIRST_SWEEP;

  /** Adds a child, which its place removes again. */
  add(added: T): WeakChild<T> {
    const child = this.#append(new WeakRef(added));
    this.#added += 1;
    if (this.#added > this.#sweepAt) this.#sweep();
    return child;
  }

  /** The same, and holds it until then: for what is removed in any case. A weak reference costs more than most of what a child does. */
  hold(added: T): WeakChild<T> {
    return this.#append(new HeldReference(added));
  }

  get isEmpty(): boolean {
    return !this.#ring.isLinked || this.alive().length === 0;
  }

  /** Removes those that were collected. */
  alive(): T[] {
    const alive: T[] = [];
    for (const child of this.#ring.others()) {
      const target = (child as WeakChild<T>).ref.deref();
      if (target === undefined) child.remove();
      else alive.push(target);
    }
    return alive;
  }

  #append(ref: Reference<T>): WeakChild<T> {
    const child = new WeakChild<T>(ref);
    this.#ring.append(child);
    return child;
  }

  /** The next one comes after as many additions as there are children alive: sweeping costs no more than adding. */
  #sweep(): void {
    this.#added = 0;
    this.#sweepAt = Math.max(FIRST_SWEEP, this.alive().length);
  }
}
