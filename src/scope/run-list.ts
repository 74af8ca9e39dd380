/** The runs of a scope that have not settled: a list that runs through them, because a set costs more than many a handler. */
import type { Run } from '../dispatch/run.js';

/** Adding and removing cost the same however many there are; the oldest comes first. */
export class RunList implements Iterable<Run> {
  #first: Run | undefined;
  #last: Run | undefined;

  /** Adding one that is there does nothing. */
  add(run: Run): void {
    if (run.isListed) return;
    run.isListed = true;
    run.previous = this.#last;
    if (this.#last === undefined) this.#first = run;
    else this.#last.next = run;
    this.#last = run;
  }

  /** Removing one that is not there does nothing. */
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
    for (let run = this.#first; run !== undefined; run = run.next) yield run;
  }
}
