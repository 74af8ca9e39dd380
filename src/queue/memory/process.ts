/** Processing of a manual queue, in the caller's own call stack. */
import { checkOptions, type OptionShape, oneOf, whole } from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import type { Clock } from '../../dispatch/clock.js';
import type { Outcome } from '../queue-provider.js';
import type { MemoryMessage } from './memory-message.js';
import type { MessageStore } from './message-store.js';

/** How much one call of `process()` does. */
export interface ProcessOptions {
  /** The largest number of messages. Default `Infinity`: no limit. */
  readonly max?: number;
  /** The time after which no further message is started. Default `Infinity`: no limit. */
  readonly maxTime?: Duration;
  /** `'snapshot'`: the messages that wait when the call begins. `'empty'`: also those deferred meanwhile. Default `'snapshot'`. */
  readonly until?: 'snapshot' | 'empty';
}

/** What one call of `process()` did. */
export interface ProcessResult {
  /** Messages given to their handlers. */
  readonly handled: number;
  /** Those of them that failed before the call returned, or that had no handler. */
  readonly failed: number;
  /** Messages that still wait. */
  readonly remaining: number;
  /** Resolves when the asynchronous handlers that this call started have settled; their errors are reported. */
  readonly settled: Promise<void>;
}

/** What is done with each message. */
export interface MessageProcessor {
  readonly store: MessageStore;
  work(message: MemoryMessage): Outcome | Promise<Outcome>;
  settle(message: MemoryMessage, outcome: Outcome): void;
}

const PROCESS: OptionShape<ProcessOptions> = /* @__PURE__ */ (() => ({
  max: whole({ unlimited: true }),
  maxTime: duration({ unlimited: true }),
  until: oneOf('snapshot', 'empty'),
}))();

const SETTLED = /* @__PURE__ */ Promise.resolve();

/** @throws CarillonError `CAR7003` for options that are wrong */
export function processQueue(
  processor: MessageProcessor,
  name: string,
  clock: Clock,
  options: ProcessOptions,
): ProcessResult {
  const { store } = processor;
  const {
    max = Number.POSITIVE_INFINITY,
    maxTime = Number.POSITIVE_INFINITY,
    until = 'snapshot',
  } = options;
  checkOptions('CAR7003', `process("${name}")`, PROCESS, options);
  const limit = until === 'empty' ? max : Math.min(max, store.due);
  const time = milliseconds(maxTime);
  const deadline = time === Number.POSITIVE_INFINITY ? time : clock.now() + time;
  let pending: Promise<void>[] | undefined;
  let handled = 0;
  let failed = 0;
  while (handled < limit) {
    if (time !== Number.POSITIVE_INFINITY && clock.now() >= deadline) break;
    const message = store.take();
    if (message === undefined) break;
    handled += 1;
    const outcome = processor.work(message);
    if (outcome instanceof Promise) {
      pending ??= [];
      pending.push(outcome.then((settled) => processor.settle(message, settled)));
    } else {
      processor.settle(message, outcome);
      if (outcome.type === 'giveUp' || outcome.type === 'retry') failed += 1;
    }
  }
  return {
    handled,
    failed,
    remaining: store.size,
    settled: pending === undefined ? SETTLED : allOf(pending),
  };
}

async function allOf(pending: readonly Promise<void>[]): Promise<void> {
  await Promise.all(pending);
}
