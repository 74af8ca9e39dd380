/** Ends the messages in memory that wait for an instance of their handler, once their time is over. */
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import type { MemoryMessage } from './memory-message.js';
import type { MessageStore } from './message-store.js';

/** What the timer needs to know. */
export interface ParkedTimerOptions {
  readonly store: MessageStore;
  readonly clock: Clock;
  /** How long a message may wait, in milliseconds. */
  readonly limit: number;
  /** Without a timer, only {@link ParkedTimer.check} ends messages. */
  readonly isManual: boolean;
  readonly giveUp: (message: MemoryMessage) => void;
}

export class ParkedTimer {
  readonly #options: ParkedTimerOptions;
  #timer: unknown;
  #isClosed = false;

  constructor(options: ParkedTimerOptions) {
    this.#options = options;
  }

  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** A message has begun to wait. */
  watch(): void {
    const { store, clock, limit, isManual } = this.#options;
    if (this.#timer !== undefined || isManual || this.#isClosed) return;
    const since = store.parked.since;
    if (since === undefined || limit === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimer(clock, this.#ring, Math.max(0, since + limit - clock.now()));
  }

  /** Ends those whose time is over. */
  check(): void {
    const { store, clock, limit, giveUp } = this.#options;
    for (const message of store.parked.takeSince(clock.now() - limit)) giveUp(message);
  }

  close(): void {
    this.#isClosed = true;
    clearTimer(this.#options.clock, this.#timer);
    this.#timer = undefined;
  }

  readonly #ring = () => {
    this.#timer = undefined;
    this.check();
    this.watch();
  };
}
