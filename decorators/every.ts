/** Handlers that time calls. */
import { CarillonError } from './carillon-error.js';
import { kind, type OptionShape, oneOf, shownOption } from './check-options.js';
import { declare } from './declaration.js';
import { type Duration, milliseconds } from './duration.js';
import { EventToken } from './event-key.js';
import { refuseBare } from './handler-place.js';
import type { HandlerDecorator } from './handlers.js';
import type { AnySubject } from './option-subject.js';
import type { DeclaredOptions } from './verb-options.js';

/** Dates, one after another; `cron()` from `carillon/cron` makes one. */
export interface Schedule {
  /** What errors and reports show. */
  readonly name: string;
  /**
   * The first date after another, both in milliseconds since 1970 UTC; `undefined` when there is none any more.
   */
  next(after: number): number | undefined;
}

/** How a timed handler differs. */
export interface EveryOptions {
  /** What happens when it is due while it still runs: `'ignore'` passes it over, `'parallel'` runs it beside. Default `'ignore'`. */
  readonly overlap?: 'ignore' | 'parallel';
}

/** The declaration's options: those of the decorator, and when it is due. */
export interface EveryDeclaration extends EveryOptions {
  readonly schedule: number | Schedule;
}

/**
 * Is called again and again while the instance is alive, on the clock of the application; first when the time has passed once.
 *
 * @param schedule milliseconds, text such as `'30s'`, or a schedule such as `cron('0 3 * * *')`. What was missed, because the clock went on by
 * more, is called once.
 * @param options whether a call may begin while the previous one runs; by default it is skipped
 * @throws CarillonError `CAR6009` for what is no schedule, `CAR1001` … `CAR1008` as the other decorators do, when the class is decorated
 * @example
 * @Every('30s')
 * async poll() { … }
 */
export function Every(
  schedule: Duration | Schedule,
  options: EveryOptions = {},
): HandlerDecorator<undefined> {
  refuseBare('Every', schedule, options);
  const time = isSchedule(schedule) ? schedule : milliseconds(schedule);
  if (typeof time === 'number' && !(time > 0 && time < Number.POSITIVE_INFINITY)) {
    throw new CarillonError(
      'CAR6009',
      `@Every has the schedule ${shownOption(schedule)}. Give a duration of more than 0 such as '30s', or cron() from carillon/cron.`,
    );
  }
  const name = isSchedule(schedule) ? schedule.name : String(schedule);
  const declared: EveryDeclaration = { ...options, schedule: time };
  return declare('Every', new EventToken<void>(`every ${name}`), declared, [everySubject]);
}

function isSchedule(schedule: unknown): schedule is Schedule {
  return typeof (schedule as Schedule | null | undefined)?.next === 'function';
}

const everySubject: AnySubject<DeclaredOptions> = {
  shape: /* @__PURE__ */ ((): OptionShape<EveryDeclaration> => ({
    schedule: kind(() => true, 'a schedule'),
    overlap: oneOf('ignore', 'parallel'),
  }))(),
  parts: (options) => {
    const { schedule, overlap = 'ignore' } = options as EveryDeclaration;
    return [schedule, overlap];
  },
};
