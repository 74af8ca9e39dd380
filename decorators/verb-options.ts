/** The options of each decorator, put together from their subjects. */
import { type GroupOptions, groupSubject } from './group-options.js';
import { type HandlerOptions, handlerSubject } from './handler-options.js';
import { faultOf, type OptionSubject } from './option-subject.js';
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

/** Each subject's own checks; a new subject is added here and to the options of its verbs. */
const SUBJECTS: readonly OptionSubject<DeclaredOptions>[] = [
  orderSubject,
  handlerSubject,
  groupSubject,
  workSubject,
  taskSubject,
  pacingSubject,
];

/** What is wrong with the options of any decorator. */
export function optionsFault(options: DeclaredOptions): string | undefined {
  return faultOf(SUBJECTS, options);
}

/** Whether two declarations were given the same options, defaults included. */
export function sameOptions(a: DeclaredOptions, b: DeclaredOptions): boolean {
  return SUBJECTS.every(({ parts }) => {
    const [left, right] = [parts(a), parts(b)];
    return left.length === right.length && left.every((part, index) => part === right[index]);
  });
}
