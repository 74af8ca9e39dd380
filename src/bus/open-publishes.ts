/** The messages that an engine has been given and has not answered yet. */

import { CarillonError } from '../../decorators/carillon-error.js';
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';
import { isThrown } from '../events/describe-thrown.js';
import { notAnswered } from './bus-error.js';
import type { BusMessage, BusTransport } from './bus-transport.js';

/** Each is rejected once its time is over, or once the end of the application goes on without it. */
export class OpenPublishes {
  readonly #engine: string;
  readonly #clock: Clock;
  readonly #time: number;
  /** What rejects each of them, by its message. */
  readonly #open = new Map<BusMessage, (cause: unknown) => void>();
  #answered: (() => void) | undefined;

  /** @param time how long each waits for its answer, in milliseconds */
  constructor(engine: string, clock: Clock, time: number) {
    this.#engine = engine;
    this.#clock = clock;
    this.#time = time;
  }

  /** @throws CarillonError (a rejection) `CAR5040` for what was refused, `CAR5046` for what may have been accepted */
  send(transport: BusTransport, message: BusMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => fail(new Error(`no answer for ${this.#time} ms`));
      const timer = setTimer(this.#clock, late, this.#time);
      const settled = () => {
        clearTimer(this.#clock, timer);
        this.#open.delete(message);
        if (this.#open.size === 0) this.#answered?.();
      };
      const fail = (cause: unknown) => {
        settled();
        // What the transport knows to be refused stays refused.
        reject(isThrown(cause, CarillonError) ? cause : notAnswered(this.#engine, message, cause));
      };
      this.#open.set(message, fail);
      transport.publish(message).then(() => {
        settled();
        resolve();
      }, fail);
    });
  }

  /** Resolves once none is open. */
  answered(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  /** Rejects all that are open, and names them. */
  giveUp(): readonly string[] {
    const open = [...this.#open];
    for (const [, fail] of open) fail(new Error('the application has ended'));
    return open.map(([{ topic, id }]) => `the publish of ${topic} (${id})`);
  }
}
