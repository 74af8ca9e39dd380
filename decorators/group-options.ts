/** What a subscriber of the bus may say beside its place in the order: its group, and how much it takes at once. */
import { name, oneOf, whole } from './check-options.js';
import type { OptionSubject } from './option-subject.js';
import type { WhenFull } from './when-full.js';

/** How much a subscriber takes, and with whom it shares. */
export interface GroupOptions {
  /** Each group gets one copy of a message, spread over its members. Default none: the subscriber gets a copy of its own. */
  readonly group?: string;
  /** How many messages the subscriber has in work at once, when it is asynchronous. Default 100. */
  readonly concurrency?: number;
  /** How many more may wait for it. Default 1000. */
  readonly limit?: number;
  /**
   * What happens beyond that. `'wait'`: in memory its publisher waits, an engine sends no more. `'drop-oldest'`, `'drop-newest'`: one message is lost
   * and reported as `CAR5038`. `'reject'`: the publish is rejected with `CAR5039`, where publisher and subscriber are one process. What a
   * transport cannot do is refused with `CAR7021` or `CAR7022`. Default `'wait'`, or the first that the transport can do.
   */
  readonly whenFull?: WhenFull;
}

/** Checks and compares {@link GroupOptions}. */
export const groupSubject: OptionSubject<GroupOptions> = {
  shape: /* @__PURE__ */ (() => ({
    group: name(),
    concurrency: whole({ least: 1, unlimited: true }),
    limit: whole({ unlimited: true }),
    whenFull: oneOf('wait', 'reject', 'drop-oldest', 'drop-newest'),
  }))(),
  parts: ({ group, concurrency, limit, whenFull }) => [group, concurrency, limit, whenFull],
};
