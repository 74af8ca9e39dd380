/** Calls with the latest event once none has come for a while. */
import type { Clock } from '../dispatch/handler-owner.js';
import type { Run, Starter } from '../dispatch/run.js';
import { HeldRun } from './held-run.js';
import type { Pacer } from './pacing.js';
import { ringAfter } from './task-host.js';

/** Whoever waits for an event that another one has followed goes on with nothing. */
export class Debounce implements Pacer {
  readonly #clock: Clock;
  readonly #quiet: number;
  readonly #call: Starter;
  #held: HeldRun | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, quiet: number, call: Starter) {
    this.#clock = clock;
    this.#quiet = quiet;
    this.#call = call;
  }

  add(run: Run): Promise<unknown> {
    this.#held?.passOver();
    this.#cancelTimer?.();
    this.#held = new HeldRun(run);
    this.#cancelTimer = ringAfter(this.#clock, this.#quiet, () => this.#release());
    return this.#held.outcome;
  }

  stop(): readonly HeldRun[] {
    this.#cancelTimer?.();
    return this.#held === undefined ? [] : [this.#held];
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.call(this.#call);
  }
}
