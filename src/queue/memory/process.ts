/** Processing of a manual queue, in the caller's own call stack. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { Clock } from '../../dispatch/clock.js';
import type { Outcome } from '../queue-provider.js';
import type { MemoryMessage } from './memory-message.js';
import type { MessageStore } from './message-store.js';

/** How much one call of `process()` does. */
export interface ProcessOptions {
  /** The largest number of messages. Default no limit. */
  readonly max?: number;
  /** Milliseconds after which no further message is started. Default no limit. */
  readonly maxTime?: number;
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

const SETTLED = /* @__PURE__ */ Promise.resolve();

/** @throws CarillonError `CAR7003` for a limit that is not a number of 0 or more */
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
  checkLimit(name, 'max', max);
  checkLimit(name, 'maxTime', maxTime);
  const limit = until === 'empty' ? max : Math.min(max, store.due);
  const deadline = maxTime === Number.POSITIVE_INFINITY ? maxTime : clock.now() + maxTime;
  let pending: Promise<void>[] | undefined;
  let handled = 0;
  let failed = 0;
  while (handled < limit) {
    if (maxTime !== Number.POSITIVE_INFINITY && clock.now() >= deadline) break;
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

function checkLimit(queue: string, option: string, value: number): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new CarillonError(
    'CAR7003',
    `process("${queue}") has ${option}: ${String(value)}. Give a number, 0 or more.`,
  );
}
