/** The timed handlers of one application. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EveryDeclaration } from '../../decorators/every.js';
import { Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import { type DueTimes, datesOf, intervalsOf } from './due-times.js';
import { onHandlerEnd } from './handler-end.js';
import { TimedCalls } from './timed-calls.js';

/** Each handler has a timer, which ends with it. */
export class Timetable {
  readonly #calls = new Map<Handler, TimedCalls>();
  #quiet = false;

  /** @throws CarillonError `CAR6012` when the handler is due at dates and the clock has none */
  wire(plan: HandlerPlan, owner: HandlerOwner, target: object): Handler {
    const { schedule, overlap = 'ignore' } = plan.options as EveryDeclaration;
    const times =
      typeof schedule === 'number'
        ? intervalsOf(owner.runtime.clock, schedule)
        : datesOf(owner.runtime.clock, schedule);
    if (times === undefined) throw dateError(plan);
    return this.#begin(
      new Handler(plan, target, owner, owner.runtime.nextSequence()),
      times,
      overlap === 'parallel',
    );
  }

  /** Every timed handler that has not ended. */
  handlers(): Iterable<Handler> {
    return this.#calls.keys();
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#quiet ? 0 : this.#calls.size;
  }

  /** Calls nothing more, neither what is wired nor what will be. */
  quiesce(): void {
    this.#quiet = true;
    for (const calls of this.#calls.values()) calls.stop();
  }

  #begin(handler: Handler, times: DueTimes, overlaps: boolean): Handler {
    const calls = new TimedCalls(handler, times, { overlaps });
    this.#calls.set(handler, calls);
    onHandlerEnd(handler, () => {
      this.#calls.delete(handler);
      calls.stop();
    });
    if (!this.#quiet) calls.start();
    return handler;
  }
}

function dateError(plan: HandlerPlan): CarillonError {
  return new CarillonError(
    'CAR6012',
    `@Every on ${handlerName(plan)} is due at dates, but the application's clock has none. Give the clock a date() method.`,
  );
}
