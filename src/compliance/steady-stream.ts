/** A stream of messages that continues when the engine fails. */
import { moment } from '../testing/turn.js';
import { accepted } from './ledger.js';
import { eventually } from './waiting.js';

export class SteadyStream {
  readonly #ledger: string[];
  readonly #ended: Promise<void>;
  #isOver = false;

  /**
   * Sends one number after another, and records which were accepted.
   *
   * @param send rejects when the message was not accepted
   */
  constructor(ledger: string[], send: (number: number) => Promise<unknown>) {
    this.#ledger = ledger;
    this.#ended = this.#run(send);
  }

  /** Resolves once that many more are accepted. */
  more(count: number): Promise<void> {
    const before = accepted(this.#ledger).length;
    return eventually(() => accepted(this.#ledger).length >= before + count);
  }

  /** Resolves when the last one is accepted or rejected. */
  end(): Promise<void> {
    this.#isOver = true;
    return this.#ended;
  }

  async #run(send: (number: number) => Promise<unknown>): Promise<void> {
    for (let number = this.#ledger.length + 1; !this.#isOver; number += 1) {
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
