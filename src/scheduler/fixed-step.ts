/** Time in steps of one length, however unevenly the frames come. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { Clock } from '../dispatch/clock.js';
import { DrivenClock } from './clocks.js';
import { checkDate, checkStep, type StartDate } from './manual-clock.js';

/** The length of a step, and how many are made at once. */
export interface FixedStepOptions extends StartDate {
  /** The length of a step in milliseconds, such as `1000 / 60`. */
  readonly step: number;
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
   * @param dt milliseconds since the last frame, 0 or more
   * @param simulate advances the world by one step
   * @returns how many steps were made
   * @throws CarillonError `CAR6005` for an invalid time, and when called inside a step
   */
  advance(dt: number, simulate?: (step: number) => void): number;
}

/** Sums of frame times are not exact: a step that lacks less than this, in milliseconds, is due. */
const SLACK = 1e-6;

/**
 * Makes a clock of fixed steps with an accumulator (after Glenn Fiedler, "Fix Your Timestep!", 2004).
 *
 * @throws CarillonError `CAR6005` for an invalid step, `maxSteps` or date
 * @example
 * const clock = fixedStep({ step: 1000 / 60 });
 * requestAnimationFrame(function frame() {
 *   clock.advance(elapsed(), (step) => world.move(step));
 *   draw(clock.alpha);
 * });
 */
export function fixedStep({ step, maxSteps = 10, date = 0 }: FixedStepOptions): FixedStepClock {
  if (!(typeof step === 'number' && step > 0 && step < Number.POSITIVE_INFINITY)) {
    throw new CarillonError(
      'CAR6005',
      `fixedStep() has the step ${String(step)}. Give milliseconds, more than 0.`,
    );
  }
  if (!(typeof maxSteps === 'number' && maxSteps >= 1)) {
    throw new CarillonError(
      'CAR6005',
      `fixedStep() has maxSteps: ${String(maxSteps)}. Give 1 or more.`,
    );
  }
  return new SteppingClock(step, maxSteps, checkDate('fixedStep', date));
}

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

  advance(dt: number, simulate?: (step: number) => void): number {
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
