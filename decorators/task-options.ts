/** What becomes of a running task of a handler when its event comes again. */
import { oneOf } from './check-options.js';
import type { OptionSubject } from './option-subject.js';

/**
 * `'parallel'` starts another task beside it; `'restart'` cancels it and starts anew; `'ignore'` passes the event over; `'queue'` starts
 * another one when it has ended, in the order of the events.
 */
export type Overlap = 'parallel' | 'restart' | 'ignore' | 'queue';

/** The options of a handler that is a generator method. */
export interface TaskOptions {
  /** What becomes of its running task when the event comes again. Default `'parallel'`. */
  readonly overlap?: Overlap;
}

/** The same for `@Deferred`, whose messages may not be passed over or left half done. */
export interface DeferredTaskOptions {
  /** What becomes of its running task when the next message comes: `'parallel'` or `'queue'`. Default `'parallel'`. */
  readonly overlap?: Extract<Overlap, 'parallel' | 'queue'>;
}

/** Checks and compares {@link TaskOptions}. */
export const taskSubject: OptionSubject<TaskOptions> = {
  shape: /* @__PURE__ */ (() => ({
    overlap: oneOf('parallel', 'restart', 'ignore', 'queue'),
  }))(),
  parts: ({ overlap = 'parallel' }) => [overlap],
};
