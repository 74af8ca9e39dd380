/** The runs of a scope that have not settled: a list linked through the runs themselves, because a `Set` costs more than many a handler. */
import type { Run } from '../dispatch/run.js';

/** Adding and removing take constant time. The oldest run comes first. */
export class RunList implements Iterable<Run> {
  #first: Run | undefined;
  #last: Run | undefined;
  #waiting: (() => void)[] | undefined;

  /** Adds a run, unless it is there. */
  add(run: Run): void {
    if (run.isListed) return;
    run.isListed = true;
    run.previous = this.#last;
    if (this.#last === undefined) this.#first = run;
    else this.#last.next = run;
    this.#last = run;
  }

  /** Removes a run, if it is there. */
  delete(run: Run): void {
    if (!run.isListed) return;
    run.isListed = false;
    const { next, previous } = run;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    run.next = undefined;
    run.previous = undefined;
    this.wake();
  }

  /** Resolves when a run has settled, or at {@link wake}. */
  nextSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  /** Resolves every {@link nextSettled}: whoever waits looks again. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    for (const resolve of waiting) resolve();
  }

  /** Whether it has a run that is none of those. */
  hasOther(runs: ReadonlySet<Run>): boolean {
    for (let run = this.#first; run !== undefined; run = run.next) if (!runs.has(run)) return true;
    return false;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  get size(): number {
    let size = 0;
    for (let run = this.#first; run !== undefined; run = run.next) size += 1;
    return size;
  }

  *[Symbol.iterator](): Generator<Run> {
    for (let run = this.#first; run !== undefined; run = run.next) {
      run.isSeen = true;
      yield run;
    }
  }
}
