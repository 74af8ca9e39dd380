/** The scopes below one, held weakly: one that everybody else has forgotten, and that nothing reaches from outside, is collected. */
import type { Scope } from './scope.js';

/** After so many that were added they are looked through for those that were collected. */
const FIRST_SWEEP = 64;

/** The place of one scope among the others; one that is taken out has only itself beside it. */
export class WeakChild {
  previous: WeakChild = this;
  next: WeakChild = this;

  constructor(readonly ref?: WeakRef<Scope>) {}

  /** Leaves it no way to the others: what has grown old would keep them from being collected. */
  remove(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }
}

/** In the order in which they were opened: a ring of places, since a set makes itself a new table when its last one goes. */
export class WeakChildren {
  readonly #ring = new WeakChild();
  #added = 0;
  #sweepAt = FIRST_SWEEP;

  /** Adds a scope; what is returned takes it out again. */
  add(scope: Scope): WeakChild {
    const child = new WeakChild(new WeakRef(scope));
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

  /** Those that were collected are taken out. */
  alive(): Scope[] {
    const alive: Scope[] = [];
    for (let child = this.#ring.next; child !== this.#ring; ) {
      const { next, ref } = child;
      const scope = ref?.deref();
      if (scope === undefined) child.remove();
      else alive.push(scope);
      child = next;
    }
    return alive;
  }

  /** Next time when as many were added as are alive: its cost is that of the adding. */
  #sweep(): void {
    this.#added = 0;
    this.#sweepAt = Math.max(FIRST_SWEEP, this.alive().length);
  }
}
