/** Calls the handler with the latest event once no event has come for a time. */

import type { Clock } from '../dispatch/clock.js';
import type { Run, Starter } from '../dispatch/run.js';
import { Alarm } from './alarm.js';
import { HeldRun, type Pacer } from './held-run.js';

/** The emit of an event that a later one replaces resolves without a value. */
export class Debounce implements Pacer {
  readonly #clock: Clock;
  readonly #quiet: number;
  readonly #call: Starter;
  #held: HeldRun | undefined;
  #alarm: Alarm | undefined;

  constructor(clock: Clock, quiet: number, call: Starter) {
    this.#clock = clock;
    this.#quiet = quiet;
    this.#call = call;
  }

  add(run: Run): Promise<unknown> {
    this.#held?.passOver();
    this.#alarm?.end();
    this.#held = new HeldRun(run);
    this.#alarm = new Alarm(this.#clock, this.#quiet, () => this.#release());
    return this.#held.outcome;
  }

  stop(): readonly HeldRun[] {
    this.#alarm?.end();
    return this.#held === undefined ? [] : [this.#held];
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.call(this.#call);
  }
}
