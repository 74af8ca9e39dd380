/** Time in steps of one length, however unevenly the frames come. */
import { checkOptions, needed, type OptionShape, whole } from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import type { Clock } from '../dispatch/clock.js';
import { DrivenClock } from './clocks.js';
import { checkStep, START_DATE, type StartDate } from './manual-clock.js';

/** The length of a step, and how many are made at once. */
export interface FixedStepOptions extends StartDate {
  /** The length of a step: milliseconds such as `1000 / 60`, or text such as `'16ms'`. */
  readonly step: Duration;
  /**
   * The most steps that one {@link FixedStepClock.advance} makes. The rest of the time is dropped, so that a program that is too slow
   * falls behind instead of freezing. Default 10.
   */
  readonly maxSteps?: number;
}

/** A clock that moves in whole steps; made by {@link fixedStep}. */
export interface FixedStepClock extends Clock {
  /** The length of a step in milliseconds. */
  readonly step: number;
  /** Steps made until now. */
  readonly steps: number;
  /** How far the elapsed time is into the next step, from 0 up to 1: the factor to interpolate a picture between two steps with. */
  readonly alpha: number;
  /** Milliseconds that were dropped because of `maxSteps`. */
  readonly dropped: number;
  /** The date that it has reached, in milliseconds since 1970 UTC. */
  date(): number;
  /** Timers that are set and have not fired. */
  readonly pending: number;
  /**
   * Adds time and makes the steps that are due. In each step `simulate` runs first, then the timers that are due fire.
   *
   * @param dt the time since the last frame: milliseconds or text, 0 or more
   * @param simulate advances the world by one step
   * @returns how many steps were made
   * @throws CarillonError `CAR6005` for an invalid time, and when called inside a step
   */
  advance(dt: Duration, simulate?: (step: number) => void): number;
}

/** Sums of frame times are not exact: a step that lacks less than this, in milliseconds, is due. */
const SLACK = 1e-6;

/**
 * Makes a clock of fixed steps with an accumulator (after Glenn Fiedler, "Fix Your Timestep!", 2004).
 *
 * @param options `step` is the length of a step, in milliseconds or as text; `maxSteps` how many a frame runs at most, 10 by default
 * @throws CarillonError `CAR6005` for an invalid step, `maxSteps` or date
 * @example
 * const clock = fixedStep({ step: 1000 / 60 });
 * requestAnimationFrame(function frame() {
 *   clock.advance(elapsed(), (step) => world.move(step));
 *   draw(clock.alpha);
 * });
 */
export function fixedStep(options: FixedStepOptions): FixedStepClock {
  checkOptions('CAR6005', 'fixedStep()', FIXED_STEP, options);
  const { step, maxSteps = 10, date = 0 } = options;
  return new SteppingClock(milliseconds(step), maxSteps, Number(date));
}

const FIXED_STEP: OptionShape<FixedStepOptions> = /* @__PURE__ */ (() => ({
  ...START_DATE,
  step: needed(duration({ above: 0 })),
  maxSteps: whole({ least: 1, unlimited: true }),
}))();

class SteppingClock extends DrivenClock implements FixedStepClock {
  readonly #maxSteps: number;
  #elapsed = 0;
  #steps = 0;
  #dropped = 0;

  constructor(
    readonly step: number,
    maxSteps: number,
    startDate: number,
  ) {
    super(startDate);
    this.#maxSteps = maxSteps;
  }

  get steps(): number {
    return this.#steps;
  }

  get alpha(): number {
    return Math.max(0, (this.#elapsed - this.#steps * this.step) / this.step);
  }

  get dropped(): number {
    return this.#dropped;
  }

  advance(dt: Duration, simulate?: (step: number) => void): number {
    this.#elapsed += checkStep('advance', dt);
    const due = Math.max(0, Math.floor((this.#elapsed + SLACK) / this.step) - this.#steps);
    const count = Math.min(due, this.#maxSteps);
    this.#elapsed -= (due - count) * this.step;
    this.#dropped += (due - count) * this.step;
    for (let made = 0; made < count; made += 1) this.#makeStep(simulate);
    return count;
  }

  #makeStep(simulate: ((step: number) => void) | undefined): void {
    const { step } = this;
    // A product, because a sum would drift.
    const time = (this.#steps + 1) * step;
    this.timers.tick(time, () => {
      this.#steps += 1;
      simulate?.(step);
    });
  }
}
