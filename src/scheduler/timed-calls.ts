/** The calls of one timed handler. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type Handler, handlerEvent, handlerName } from '../dispatch/handler.js';
import { REPORTING, type Run, type RunSink, reportFailure } from '../dispatch/run.js';
import { launch, PENDING } from '../dispatch/start-handler.js';
import { Alarm } from './alarm.js';
import type { DueTimes } from './due-times.js';

/** Sets the next timer before the call, so that a handler that fails is called again. */
export class TimedCalls implements RunSink {
  readonly #handler: Handler;
  readonly #times: DueTimes;
  readonly #overlaps: boolean;
  #running = 0;
  #alarm: Alarm | undefined;

  constructor(handler: Handler, times: DueTimes, { overlaps }: { readonly overlaps: boolean }) {
    this.#handler = handler;
    this.#times = times;
    this.#overlaps = overlaps;
  }

  start(): void {
    try {
      const delay = this.#times.next();
      if (delay !== undefined) this.#arm(delay);
    } catch (error) {
      this.#handler.owner.runtime.report(scheduleError(this.#handler, error));
    }
  }

  stop(): void {
    this.#alarm?.end();
  }

  fulfilled(): void {
    this.#running -= 1;
  }

  rejected(run: Run, error: unknown): void {
    this.#running -= 1;
    REPORTING.rejected(run, error);
  }

  #arm(delay: number): void {
    const { clock } = this.#handler.owner.runtime;
    this.#alarm = new Alarm(clock, Math.min(delay, this.#times.look), () => this.#ring());
  }

  #ring(): void {
    const missing = this.#times.missing();
    if (missing > 0) {
      this.#arm(missing);
      return;
    }
    this.start();
    if (this.#running === 0 || this.#overlaps) this.#call();
  }

  #call(): void {
    try {
      if (launch(this.#handler, undefined, undefined, this, 0) === PENDING) this.#running += 1;
    } catch (error) {
      reportFailure(this.#handler, error);
    }
  }
}

function scheduleError({ plan }: Handler, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR6013',
    `The schedule of ${handlerName(plan)} (${handlerEvent(plan)}) failed: it is called no more. See the cause.`,
    {
      cause,
    },
  );
}
