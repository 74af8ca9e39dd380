/** The options of each decorator, put together from their subjects. */
import { type GroupOptions, groupSubject } from './group-options.js';
import { type HandlerOptions, handlerSubject } from './handler-options.js';
import type { AnySubject } from './option-subject.js';
import { type OrderOptions, orderSubject } from './order-options.js';
import {
  type BatchOptions,
  type DeferredPacingOptions,
  type PacingOptions,
  pacingSubject,
} from './pacing-options.js';
import { type DeferredTaskOptions, type TaskOptions, taskSubject } from './task-options.js';
import { type StableName, type WorkOptions, workSubject } from './work-options.js';

/** Which decorator made a declaration. */
export type Verb = 'On' | 'Once' | 'Subscribe' | 'Deferred' | 'Every';

/** The options of `@On`. */
export interface OnOptions<Payload = never, Batch extends BatchOptions | undefined = undefined>
  extends OrderOptions,
    HandlerOptions<Payload>,
    TaskOptions,
    PacingOptions<Batch> {}

/** The options of `@Once`. */
export interface OnceOptions<Payload = never> extends OrderOptions, HandlerOptions<Payload> {}

/** The options of `@Subscribe`. */
export interface SubscribeOptions<
  Payload = never,
  Batch extends BatchOptions | undefined = undefined,
> extends OrderOptions,
    HandlerOptions<Payload>,
    GroupOptions,
    TaskOptions,
    PacingOptions<Batch> {}

/** The options of `@Deferred`. */
export interface DeferredOptions<
  Payload = never,
  Batch extends BatchOptions | undefined = undefined,
> extends OrderOptions,
    HandlerOptions<Payload>,
    WorkOptions,
    StableName,
    DeferredTaskOptions,
    DeferredPacingOptions<Batch> {
  /** The queue that is listened to. Default `'default'`. */
  readonly queue?: string;
}

/** What any of the decorators may have been given. */
export interface DeclaredOptions
  extends OnOptions<never, BatchOptions | undefined>,
    OnceOptions,
    SubscribeOptions<never, BatchOptions | undefined>,
    Omit<DeferredOptions, 'overlap' | 'batch'> {}

/** The subjects of a decorator: a new one is added to it and to its options. */
export type Subjects = readonly AnySubject<DeclaredOptions>[];

/** What `@Once` takes, and `@On`: what a handler that runs once cannot have of it is refused when it is wired. */
export const ON_SUBJECTS: Subjects = [orderSubject, handlerSubject, taskSubject, pacingSubject];

/** What `@Subscribe` takes. */
export const SUBSCRIBE_SUBJECTS: Subjects = /* @__PURE__ */ (() => [
  ...ON_SUBJECTS,
  groupSubject,
])();

/** What `@Deferred` takes, beside its queue. */
export const DEFERRED_SUBJECTS: Subjects = /* @__PURE__ */ (() => [...ON_SUBJECTS, workSubject])();

/** Whether two declarations were given the same options, defaults included. */
export function sameOptions(subjects: Subjects, a: DeclaredOptions, b: DeclaredOptions): boolean {
  return subjects.every(({ parts }) => {
    const [left, right] = [parts(a), parts(b)];
    return (
      left.length === right.length && left.every((part, index) => Object.is(part, right[index]))
    );
  });
}
