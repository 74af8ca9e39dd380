/** A stream of messages that continues when the engine fails. */
import { moment } from '../testing/turn.js';
import { accepted } from './ledger.js';
import { eventually } from './waiting.js';

export class SteadyStream {
  readonly #ledger: string[];
  readonly #ended: Promise<void>;
  #next: number;
  #isOver = false;

  /**
   * Sends one number after another, and records which were accepted.
   *
   * @param send rejects when the message was not accepted
   * @param first the first number
   */
  constructor(ledger: string[], send: (number: number) => Promise<unknown>, first = 1) {
    this.#ledger = ledger;
    this.#next = first;
    this.#ended = this.#run(send);
  }

  /** Resolves once that many more are accepted. */
  more(count: number): Promise<void> {
    const before = accepted(this.#ledger).length;
    return eventually(() => accepted(this.#ledger).length >= before + count);
  }

  /** Resolves when the last one is accepted or rejected, with the first number that was not sent. */
  async end(): Promise<number> {
    this.#isOver = true;
    await this.#ended;
    return this.#next;
  }

  async #run(send: (number: number) => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      const number = this.#next;
      this.#next += 1;
      try {
        await send(number);
        this.#ledger.push(`accepted ${number}`);
      } catch {
        // The engine may be away: the next message follows in a moment.
        await moment();
      }
    }
  }
}
