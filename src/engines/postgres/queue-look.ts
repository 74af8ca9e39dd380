/** Looks which queues of a provider have something to do, in one statement for all of them: most are idle, and a claim of each would cost more. */
import type { Clock } from '../../dispatch/clock.js';
import { repeat } from '../repeat.js';
import { arrayLiteral } from './array-literal.js';
import type { QueueListener } from './queue-listener.js';
import type { RunSql } from './run-sql.js';

/** How often it looks. */
export interface LookTimes {
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly poll: number;
}

export class QueueLook {
  readonly #run: RunSql;
  readonly #listener: QueueListener;
  /** How many workers wait for it. */
  #workers = 0;
  #endTimer: (() => void) | undefined;
  #isLooking = false;

  /** @param listener is told as if the server had sent a notification: it may have been lost */
  constructor(run: RunSql, listener: QueueListener) {
    this.#run = run;
    this.#listener = listener;
  }

  /** From now on it looks, until a call of the result of each worker; the times are those of the first one. */
  add({ clock, poll }: LookTimes): () => void {
    this.#workers += 1;
    this.#endTimer ??= repeat(clock, poll, () => this.#look());
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#workers -= 1;
      if (this.#workers === 0) this.close();
    };
  }

  close(): void {
    this.#endTimer?.();
    this.#endTimer = undefined;
  }

  async #look(): Promise<void> {
    const { queues } = this.#listener;
    if (this.#isLooking || queues.length === 0) return;
    this.#isLooking = true;
    try {
      const found = await this.#run<{ queue: string }>(
        'SELECT carillon_look_1($1::text[]) AS queue',
        [arrayLiteral(queues)],
      );
      for (const { queue } of found) this.#listener.wake(queue);
    } catch {
      // The claim of each will fail as well, and says so.
      this.#listener.wakeAll();
    } finally {
      this.#isLooking = false;
    }
  }
}
