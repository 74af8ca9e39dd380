/** A worker that can be paused, resumed and stopped: the states are the same for all engines, what each does then is its own. */
import type { Consumption, Outcome } from '../queue/queue-provider.js';

/** What becomes of a message that reaches a worker after its stop: it was not attempted. */
export const NOT_ATTEMPTED: Outcome = { type: 'goBack', after: 0 };

export abstract class PausableConsumer implements Consumption {
  #state: 'open' | 'paused' | 'stopped' = 'open';
  #stopping: Promise<void> | undefined;

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  get isStopped(): boolean {
    return this.#state === 'stopped';
  }

  pause(): void {
    if (this.#state !== 'open') return;
    this.#state = 'paused';
    this.onPause();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'open';
    this.onResume();
  }

  stop(): Promise<void> {
    this.#state = 'stopped';
    this.#stopping ??= this.onStop();
    return this.#stopping;
  }

  protected abstract onPause(): void;

  protected abstract onResume(): void;

  /** Called once. Resolves once the outcome of everything that was given out is stored. */
  protected abstract onStop(): Promise<void>;
}
