/** What keeps a scope from ending while code that is not a handler uses it: a request, a job. */
import { DISPOSE } from '../dispatch/dispose-symbols.js';

/** The end of the scope waits until it is released. Releasing it again does nothing. */
export interface Lease {
  /** What holds the scope, for reports. */
  readonly reason: string;
  release(): void;
  [Symbol.dispose](): void;
}

/** The leases of one scope. */
export class Leases {
  readonly #open = new Set<Lease>();
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#open.size;
  }

  get reasons(): readonly string[] {
    return [...this.#open].map(({ reason }) => reason);
  }

  take(reason: string): Lease {
    const release = () => {
      if (!this.#open.delete(lease) || this.#open.size > 0) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    };
    const lease: Lease = { reason, release, [DISPOSE]: release };
    this.#open.add(lease);
    return lease;
  }

  /** Resolves once all have been released. */
  returned(): Promise<void> {
    return this.#open.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
