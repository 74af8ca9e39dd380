/** Adds up what the measured handlers tell. */
import { injectable, postConstruct, preDestroy } from 'inversify';
import { type MeasuredCall, measuredCalls } from './measured.js';

/** One handler's row in the report. */
export interface HandlerTime {
  runs: number;
  failed: number;
  /** Milliseconds of all runs together. */
  total: number;
  /** Milliseconds of the longest run. */
  longest: number;
}

@injectable()
export class HandlerTimes {
  readonly #times = new Map<string, HandlerTime>();

  /** By `Class.method`, in the order of their first runs. */
  get times(): ReadonlyMap<string, HandlerTime> {
    return this.#times;
  }

  @postConstruct()
  listen(): void {
    measuredCalls.subscribe(this.#add);
  }

  @preDestroy()
  stopListening(): void {
    measuredCalls.unsubscribe(this.#add);
  }

  readonly #add = (message: unknown): void => {
    const { name, milliseconds, failed } = message as MeasuredCall;
    const time = this.#times.get(name) ?? { runs: 0, failed: 0, total: 0, longest: 0 };
    this.#times.set(name, time);
    time.runs += 1;
    time.failed += failed ? 1 : 0;
    time.total += milliseconds;
    time.longest = Math.max(time.longest, milliseconds);
  };
}
