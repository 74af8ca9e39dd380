/** The scopes below one, held weakly: one that everybody else has forgotten, and that nothing reaches from outside, is collected. */
import type { Scope } from './scope.js';

/** So many are looked through first for those that were collected. */
const FIRST_SWEEP = 64;

/** In the order in which they were opened. */
export class WeakChildren {
  readonly #refs = new Set<WeakRef<Scope>>();
  #sweepAt = FIRST_SWEEP;

  /** Adds a scope; what is returned takes it out again. */
  add(scope: Scope): WeakRef<Scope> {
    const ref = new WeakRef(scope);
    this.#refs.add(ref);
    if (this.#refs.size > this.#sweepAt) this.#sweep();
    return ref;
  }

  delete(ref: WeakRef<Scope>): void {
    this.#refs.delete(ref);
  }

  get isEmpty(): boolean {
    return this.#refs.size === 0 || this.alive().length === 0;
  }

  alive(): Scope[] {
    const alive: Scope[] = [];
    for (const ref of this.#refs) {
      const scope = ref.deref();
      if (scope !== undefined) alive.push(scope);
    }
    return alive;
  }

  /** Next time when twice as many are alive: its cost is that of the adding. */
  #sweep(): void {
    for (const ref of this.#refs) if (ref.deref() === undefined) this.#refs.delete(ref);
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#refs.size * 2);
  }
}
