/** How the calls of a handler are spread over time, or put together. */
import { type Duration, milliseconds } from './duration.js';
import { shownValue } from './event-key.js';
import type { OptionSubject } from './option-subject.js';

/** At most one call in a time. */
export interface ThrottleOptions {
  /** Milliseconds, or text such as `'2s'`. */
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
  /** Calls with the latest event once none has come for so long. */
  readonly debounce?: Duration;
  /** Calls once in such a time at most: at once, and with the latest event when the time has passed. */
  readonly throttle?: Duration | ThrottleOptions;
  /** Calls with a list of events: when there are `size` of them, or when the first has waited so long. */
  readonly batch?: Batch;
}

/** The same for `@Deferred`, whose messages may not be passed over. */
export interface DeferredPacingOptions<Batch extends BatchOptions | undefined = undefined> {
  /** Calls with a list of messages; the queue's `concurrency` has to be as high as `size`. Each is acknowledged when the call has settled well. */
  readonly batch?: Batch;
}

/** What a handler gets: the payload, or, of a batch, a list of payloads. */
export type Paced<Payload, Batch> = [Batch] extends [BatchOptions] ? readonly Payload[] : Payload;

/** Checks and compares {@link PacingOptions}. */
export const pacingSubject: OptionSubject<PacingOptions<BatchOptions | undefined>> = {
  fault({ debounce, throttle, batch }) {
    if ([debounce, throttle, batch].filter((option) => option !== undefined).length > 1) {
      return 'has more than one of debounce, throttle and batch. Choose one.';
    }
    if (debounce !== undefined && milliseconds(debounce) === undefined)
      return durationFault('debounce', debounce);
    return (
      (throttle === undefined ? undefined : throttleFault(throttle)) ??
      (batch === undefined ? undefined : batchFault(batch))
    );
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

function throttleFault(throttle: NonNullable<PacingOptions['throttle']>): string | undefined {
  const { every, leading = true, trailing = true } = throttleOptions(throttle ?? undefined);
  if (milliseconds(every) === undefined) return durationFault('throttle', every);
  if (typeof leading !== 'boolean' || typeof trailing !== 'boolean')
    return 'has a throttle whose leading or trailing is no boolean.';
  return leading || trailing
    ? undefined
    : 'has a throttle that is neither leading nor trailing, so that it never calls. Drop one of the two.';
}

function batchFault(batch: BatchOptions): string | undefined {
  const { size, within } = batch ?? {};
  if (!(Number.isInteger(size) && size >= 1))
    return `has a batch of the size ${shownValue(size)}. Give a whole number, 1 or more.`;
  return milliseconds(within) === undefined ? durationFault('batch', within) : undefined;
}

function durationFault(option: string, duration: unknown): string {
  return `has a ${option} of the duration ${shownValue(duration)}. Give milliseconds or text such as '2s'.`;
}
