/** How the calls of a handler are spread over time, or put together. */
import { flag, needed, nested, type OptionShape, type Shape, whole } from './check-options.js';
import { type Duration, duration, milliseconds } from './duration.js';
import type { OptionSubject } from './option-subject.js';

/** At most one call in a time. */
export interface ThrottleOptions {
  /** The time of one call. */
  readonly every: Duration;
  /** Calls at once when the time before has passed. Default `true`. */
  readonly leading?: boolean;
  /** Calls with the latest event when the time has passed, if one has come meanwhile. Default `true`. */
  readonly trailing?: boolean;
}

/** How many events a handler gets at once. */
export interface BatchOptions {
  /** The most events of one call; a whole number from 1 on. */
  readonly size: number;
  /** How long the first of them waits at most. */
  readonly within: Duration;
}

/** The options of a handler that is not called for each event at once. At most one of them. */
export interface PacingOptions<Batch extends BatchOptions | undefined = undefined> {
  /** Calls with the latest event, once none has arrived for that time. Default none: each event is a call. */
  readonly debounce?: Duration;
  /** At most one call in that time: at once, and with the latest event when the time has passed. Default none. */
  readonly throttle?: Duration | ThrottleOptions;
  /** Calls with a list of events: when there are `size` of them, or when the first has waited for `within`. Default none. */
  readonly batch?: Batch;
}

/** The same for `@Deferred`, whose messages may not be passed over. */
export interface DeferredPacingOptions<Batch extends BatchOptions | undefined = undefined> {
  /** Calls with a list of messages; the queue's `concurrency` has to be as high as `size`. Each is acknowledged when the call has succeeded. Default none. */
  readonly batch?: Batch;
}

/** What a handler gets: the payload, or, of a batch, a list of payloads. */
export type Paced<Payload, Batch> = [Batch] extends [BatchOptions] ? readonly Payload[] : Payload;

/** The options that need a scheduler. */
export const SCHEDULER_OPTIONS: Shape = /* @__PURE__ */ (() => {
  const checkedLater = () => undefined;
  return {
    overlap: checkedLater,
    debounce: checkedLater,
    throttle: checkedLater,
    batch: checkedLater,
  };
})();

/** Checks and compares {@link PacingOptions}. */
export const pacingSubject: OptionSubject<PacingOptions<BatchOptions | undefined>> = {
  shape: /* @__PURE__ */ (() => {
    const throttle: OptionShape<ThrottleOptions> = {
      every: needed(duration()),
      leading: flag(),
      trailing: flag(),
    };
    const batch: OptionShape<BatchOptions> = {
      size: needed(whole({ least: 1 })),
      within: needed(duration()),
    };
    return {
      debounce: duration(),
      throttle: nested(throttle, duration()),
      batch: nested(batch),
    };
  })(),
  fault({ debounce, throttle, batch }) {
    if ([debounce, throttle, batch].filter((option) => option !== undefined).length > 1) {
      return 'has more than one of debounce, throttle and batch. Choose one.';
    }
    const { leading = true, trailing = true } = throttleOptions(throttle);
    return leading || trailing
      ? undefined
      : 'has a throttle that is neither leading nor trailing, so that it never calls. Drop one of the two.';
  },
  parts({ debounce, throttle, batch }) {
    const { every, leading = true, trailing = true } = throttleOptions(throttle);
    return [
      milliseconds(debounce),
      milliseconds(every),
      leading,
      trailing,
      batch?.size,
      milliseconds(batch?.within),
    ];
  },
};

/** The options of a throttle, which may be no more than its time. */
export function throttleOptions(throttle: PacingOptions['throttle']): Partial<ThrottleOptions> {
  if (typeof throttle === 'object') return throttle;
  return throttle === undefined ? {} : { every: throttle };
}
