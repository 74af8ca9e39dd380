/** Cron schedules, by croner. */

import { Cron } from 'croner';
import { CarillonError } from '../../../decorators/carillon-error.js';
import {
  checkOptions,
  name,
  type OptionShape,
  shownOption,
} from '../../../decorators/check-options.js';
import type { Schedule } from '../../../decorators/every.js';
import { describeThrown } from '../../events/describe-thrown.js';

/** How a pattern is interpreted. */
export interface CronOptions {
  /** The name of a time zone, such as `'Europe/Berlin'`. Default the time zone of the process. */
  readonly timezone?: string;
}

const CRON: OptionShape<CronOptions> = /* @__PURE__ */ (() => ({ timezone: name() }))();

/**
 * A schedule for `@Every`. The pattern has five fields from minutes to days of the week, or six with seconds first, or is a name such as
 * `@daily`.
 *
 * @throws CarillonError `CAR6009` for a pattern or a time zone that is not valid
 * @example
 * @Every(cron('0 3 * * *', { timezone: 'Europe/Berlin' }))
 * async cleanUp() { … }
 */
export function cron(pattern: string, options: CronOptions = {}): Schedule {
  checkOptions('CAR6009', `cron(${shownOption(pattern)})`, CRON, options);
  const { timezone } = options;
  try {
    const job = new Cron(pattern, timezone === undefined ? {} : { timezone });
    // croner checks the time zone only when the next run is computed.
    job.nextRun(new Date(0));
    return {
      name: `cron ${pattern}${timezone === undefined ? '' : ` in ${timezone}`}`,
      next: (after) => job.nextRun(new Date(after))?.getTime(),
    };
  } catch (error) {
    throw cronError(pattern, timezone, error);
  }
}

function cronError(pattern: string, timezone: string | undefined, cause: unknown): CarillonError {
  const zone = timezone === undefined ? '' : ` in the time zone ${JSON.stringify(timezone)}`;
  const text = `cron(${JSON.stringify(pattern)})${zone} is not a schedule: ${describeThrown(cause)}`;
  return new CarillonError('CAR6009', `${text} Give a pattern such as '0 3 * * *'.`, { cause });
}
