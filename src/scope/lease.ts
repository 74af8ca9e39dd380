/** What keeps a scope from ending while code that is not a handler uses it: a request, a job. */
import { DISPOSE } from '../dispatch/dispose-symbols.js';
import { Link } from './ring.js';

/** The end of the scope waits until it is released. Releasing it again does nothing. */
export interface Lease {
  /** What holds the scope, for reports. */
  readonly reason: string;
  /** Lets the scope end. */
  release(): void;
  [Symbol.dispose](): void;
}

/** The leases of one scope. */
export class Leases {
  readonly #open = new Link();
  #waiting: (() => void)[] | undefined;

  get isEmpty(): boolean {
    return !this.#open.isLinked;
  }

  get count(): number {
    return this.reasons.length;
  }

  get reasons(): readonly string[] {
    return this.#open.others().map((lease) => (lease as TakenLease).reason);
  }

  take(reason: string): Lease {
    const lease = new TakenLease(reason, this);
    this.#open.append(lease);
    return lease;
  }

  /** One was released. */
  released(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || !this.isEmpty) return;
    this.#waiting = undefined;
    for (const resolve of waiting) resolve();
  }

  /** Resolves once all have been released. */
  returned(): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }
}

class TakenLease extends Link implements Lease {
  readonly #leases: Leases;

  constructor(
    readonly reason: string,
    leases: Leases,
  ) {
    super();
    this.#leases = leases;
  }

  release(): void {
    if (!this.isLinked) return;
    this.remove();
    this.#leases.released();
  }

  [DISPOSE](): void {
    this.release();
  }
}
