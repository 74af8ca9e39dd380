/** Calls the handler at most once per interval. */

import type { Clock } from '../dispatch/clock.js';
import type { Run, Starter } from '../dispatch/run.js';
import { Alarm } from './alarm.js';
import { HeldRun, type Pacer } from './held-run.js';

interface ThrottleTimes {
  readonly every: number;
  readonly leading: boolean;
  readonly trailing: boolean;
}

/** The emit of an event that is skipped resolves without a value. */
export class Throttle implements Pacer {
  readonly #clock: Clock;
  readonly #times: ThrottleTimes;
  readonly #call: Starter;
  #held: HeldRun | undefined;
  #alarm: Alarm | undefined;

  constructor(clock: Clock, times: ThrottleTimes, call: Starter) {
    this.#clock = clock;
    this.#times = times;
    this.#call = call;
  }

  add(run: Run): unknown {
    const { leading, trailing } = this.#times;
    if (this.#alarm === undefined) {
      this.#begin();
      if (leading) return this.#call(run);
    }
    if (!trailing) return undefined;
    this.#held?.passOver();
    this.#held = new HeldRun(run);
    return this.#held.outcome;
  }

  stop(): readonly HeldRun[] {
    this.#alarm?.end();
    return this.#held === undefined ? [] : [this.#held];
  }

  #begin(): void {
    this.#alarm = new Alarm(this.#clock, this.#times.every, () => this.#end());
  }

  #end(): void {
    const held = this.#held;
    this.#held = undefined;
    this.#alarm = undefined;
    if (held === undefined) return;
    this.#begin();
    held.call(this.#call);
  }
}
