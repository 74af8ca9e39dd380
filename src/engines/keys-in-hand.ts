/** Of which ordering keys a worker has more in hand than the message in progress, and how much more is worth it. */
import type { Clock } from '../dispatch/clock.js';
import type { Outcome } from '../queue/queue-provider.js';
import { KeyRun } from './key-run.js';

/** What the keys are worked on with. */
export interface KeysInHandOptions<M> {
  readonly clock: Clock;
  /** How many messages may be in progress at once. */
  readonly concurrency: number;
  /** Milliseconds for which a message stays with its worker unless its lease is renewed. */
  readonly lease: number;
  /** Whether messages may be given out that perhaps do not begin. */
  readonly mayRepeat: () => boolean;
  /** Gives messages back that have not begun. Never rejects. */
  giveBack(messages: readonly M[]): Promise<void>;
}

/** Milliseconds within which a handler is quick. */
const QUICK = 5;

export class KeysInHand<M> {
  readonly #options: KeysInHandOptions<M>;
  readonly #runs = new Set<KeyRun<M>>();
  /** How many messages in hand would begin soon: it grows by one with each handler that was quick. */
  #reach = 0;

  constructor(options: KeysInHandOptions<M>) {
    this.#options = options;
  }

  /** How many messages may be given out behind others: never as many as may be in progress, and none where that is one. */
  room(): number {
    const { mayRepeat, concurrency } = this.#options;
    if (this.#reach === 0 || !mayRepeat()) return 0;
    let inHand = 0;
    for (const { size } of this.#runs) inHand += size;
    return Math.max(0, Math.min(this.#reach, concurrency - 1 - inHand));
  }

  /** A handler has come to its end, which began then by the clock of `performance`. */
  note(outcome: Outcome, begun: number): void {
    const isQuick = outcome.type === 'done' && performance.now() - begun < QUICK;
    this.#reach = isQuick ? Math.min(this.#reach + 1, this.#options.concurrency) : 0;
  }

  /** @param since when their leases began, or earlier, in milliseconds since 1970 */
  add(rest: readonly M[], since: number): KeyRun<M> {
    const { clock, lease } = this.#options;
    const giveBack = (messages: readonly M[]) => {
      this.#reach = Math.floor(this.#reach / 2);
      return this.#options.giveBack(messages);
    };
    const run = new KeyRun({ rest, clock, since, lease, giveBack });
    this.#runs.add(run);
    return run;
  }

  /** Nothing of the key begins any more by this run. */
  remove(run: KeyRun<M>): void {
    this.#runs.delete(run);
  }

  /** Resolves once all that has not begun is given back. */
  async giveBackAll(): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.giveBack()));
  }
}
