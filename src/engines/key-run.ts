/** Messages of one ordering key that a worker was given at once: each begins once the one before it is done. */
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';

/** How long messages stay in hand that have not begun, in milliseconds: meanwhile nobody can cancel them. */
const LONGEST = 100;

/** What a run works with. */
export interface KeyRunOptions<M> {
  /** Behind the first, in their order. */
  readonly rest: readonly M[];
  readonly clock: Clock;
  /** When their leases began, or earlier, in milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds. */
  readonly lease: number;
  /** Gives messages back that have not begun. Never rejects. */
  giveBack(messages: readonly M[]): Promise<void>;
}

export class KeyRun<M> {
  readonly #options: KeyRunOptions<M>;
  /** None begins later: whoever begins has the rest of its lease before it, and then renews it. */
  readonly #until: number;
  readonly #timer: unknown;
  readonly #stored = new Set<Promise<void>>();
  #rest: readonly M[];
  #next = 0;
  #givingBack: Promise<void> | undefined;

  constructor(options: KeyRunOptions<M>) {
    const { rest, clock, since, lease } = options;
    this.#options = options;
    this.#rest = rest;
    this.#until = Math.min(Date.now() + LONGEST, since + lease / 2);
    this.#timer = setTimer(clock, () => void this.giveBack(), LONGEST);
  }

  /** How many have not begun. */
  get size(): number {
    return this.#rest.length - this.#next;
  }

  /** The next message, if it may still begin. */
  next(): M | undefined {
    if (this.size === 0 || Date.now() >= this.#until) return undefined;
    const next = this.#rest[this.#next];
    this.#next += 1;
    if (this.size === 0) this.#end();
    return next;
  }

  /** What has not begun: no longer in hand for this run. */
  take(): readonly M[] {
    const messages = this.#rest.slice(this.#next);
    this.#end();
    return messages;
  }

  /** Resolves once what has not begun is given back. */
  async giveBack(): Promise<void> {
    const messages = this.take();
    if (messages.length > 0) this.#givingBack = this.#options.giveBack(messages);
    await this.#givingBack;
  }

  /** That a message is done is being stored, while the next one begins. */
  storing(stored: Promise<void>): void {
    this.#stored.add(stored);
    const over = () => this.#stored.delete(stored);
    stored.then(over, over);
  }

  /** Resolves once what is being stored of this run is, or could not be. */
  async settled(): Promise<void> {
    await this.#givingBack;
    await Promise.allSettled(this.#stored);
  }

  #end(): void {
    clearTimer(this.#options.clock, this.#timer);
    this.#rest = [];
    this.#next = 0;
  }
}
