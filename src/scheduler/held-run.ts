/** Runs whose handler is called later or not at all, and what holds them. */
import type { Run, Starter } from '../dispatch/run.js';

/** Paces one handler of one instance. */
export interface Pacer {
  /** Takes the next run, and returns its value or a promise of it. */
  readonly add: Starter;
  /** Stops, and returns the runs that are held. */
  stop(): readonly HeldRun[];
}

/** Counts as running until it is settled, so that its caller gets a result in any case. */
export class HeldRun {
  /** What the starter of the run returns. */
  readonly outcome: Promise<unknown>;
  #resolve: ((outcome: unknown) => void) | undefined;

  constructor(readonly run: Run) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Calls the handler in the context of the run. */
  call(action: (run: Run) => unknown): void {
    const { context } = this.run.handler.owner.runtime;
    context.enter(this.run, () => this.settle(() => action(this.run)));
  }

  /** Settles the run with the value or the error of the action. */
  settle(action: () => unknown): void {
    this.#resolve?.(new Promise((resolve) => resolve(action())));
  }

  /** A later event replaces it. */
  passOver(): void {
    this.#resolve?.(undefined);
  }

  /** Its handler has ended. */
  abandon(): void {
    this.run.abandon();
    this.#resolve?.(undefined);
  }
}
