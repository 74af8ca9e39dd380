/** Messages of one ordering key that a worker has in hand: each begins once the one before it is done. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';
import type { Outcome } from '../queue/queue-provider.js';

/** How long messages stay in hand behind one that takes its time, in milliseconds: meanwhile nobody can cancel them. */
const PATIENCE = 100;

/** What a run works with. */
export interface KeyRunOptions<M> {
  /** Behind the first, in their order. */
  readonly rest: readonly M[];
  readonly clock: Clock;
  /** Until when the lease of the first holds, in milliseconds since 1970. */
  readonly until: number;
  /** Gives messages back that have not begun. Never rejects. */
  giveBack(messages: readonly M[]): Promise<void>;
}

export class KeyRun<M> {
  readonly #options: KeyRunOptions<M>;
  readonly #stored = new Set<Promise<void>>();
  #rest: readonly M[];
  #until: number;
  #givingBack: Promise<void> | undefined;

  constructor(options: KeyRunOptions<M>) {
    this.#options = options;
    this.#rest = options.rest;
    this.#until = options.until;
  }

  /** The next message, as long as the lease holds. */
  next(): M | undefined {
    if (Date.now() >= this.#until) return undefined;
    const [next, ...rest] = this.#rest;
    this.#rest = rest;
    return next;
  }

  /** What has not begun. */
  async giveBack(): Promise<void> {
    const messages = this.#rest;
    this.#rest = [];
    if (messages.length > 0) this.#givingBack = this.#options.giveBack(messages);
    await this.#givingBack;
  }

  /** The outcome of the message that has begun. The others go back where it is long in coming. */
  async outcome(pending: Outcome | Promise<Outcome>): Promise<Outcome> {
    if (!(pending instanceof Promise) || this.#rest.length === 0) return pending;
    const { clock } = this.#options;
    const timer = setTimer(clock, () => void this.giveBack(), PATIENCE);
    const outcome = await pending;
    clearTimer(clock, timer);
    // Who has the key next finds them as they were.
    await this.#givingBack;
    return outcome;
  }

  /** That a message is done is being stored, while the next one begins. */
  storing(stored: Promise<void>): void {
    this.#stored.add(stored);
    const over = () => this.#stored.delete(stored);
    stored.then(over, over);
  }

  /** Resolves once all outcomes so far are stored, or could not be. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#stored);
  }

  /** The leases are extended: the messages stay in hand until then. */
  renewed(until: number): void {
    this.#until = until;
  }

  /** Another worker has the messages, or will: none begins here. */
  lose(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    void this.giveBack();
  }
}
