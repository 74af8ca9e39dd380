/** Draining a manual queue in the caller's turn. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { Clock } from '../../dispatch/clock.js';
import type { Outcome } from '../queue-provider.js';
import type { MemoryMessage } from './memory-message.js';
import type { MessageStore } from './message-store.js';

/** How far a drain goes. */
export interface ProcessOptions {
  /** At most so many messages. Default no bound. */
  readonly max?: number;
  /** No message is begun after that time. Default no bound. */
  readonly maxTime?: number;
  /** `'snapshot'`: what waits when the drain begins. `'empty'`: also what is deferred meanwhile. Default `'snapshot'`. */
  readonly until?: 'snapshot' | 'empty';
}

/** What a drain did. */
export interface ProcessResult {
  /** Messages given to their handlers. */
  readonly handled: number;
  /** Those of them that a handler failed in the caller's turn, or that had no handler. */
  readonly failed: number;
  /** Messages that still wait. */
  readonly remaining: number;
  /** Resolves when the asynchronous handlers that this drain started have settled; their errors are reported. */
  readonly settled: Promise<void>;
}

/** What a drain asks for each message. */
export interface Drain {
  readonly store: MessageStore;
  work(message: MemoryMessage): Outcome | Promise<Outcome>;
  settle(message: MemoryMessage, outcome: Outcome): void;
}

const SETTLED = /* @__PURE__ */ Promise.resolve();

/** @throws CarillonError `CAR7003` for a bound that is no number of 0 or more */
export function processQueue(
  drain: Drain,
  name: string,
  clock: Clock,
  options: ProcessOptions,
): ProcessResult {
  const { store } = drain;
  const {
    max = Number.POSITIVE_INFINITY,
    maxTime = Number.POSITIVE_INFINITY,
    until = 'snapshot',
  } = options;
  checkBound(name, 'max', max);
  checkBound(name, 'maxTime', maxTime);
  const most = until === 'empty' ? max : Math.min(max, store.due);
  const deadline = maxTime === Number.POSITIVE_INFINITY ? maxTime : clock.now() + maxTime;
  let pending: Promise<void>[] | undefined;
  let handled = 0;
  let failed = 0;
  while (handled < most) {
    if (maxTime !== Number.POSITIVE_INFINITY && clock.now() >= deadline) break;
    const message = store.take();
    if (message === undefined) break;
    handled += 1;
    const outcome = drain.work(message);
    if (outcome instanceof Promise) {
      pending ??= [];
      pending.push(outcome.then((settled) => drain.settle(message, settled)));
    } else {
      drain.settle(message, outcome);
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

function checkBound(queue: string, option: string, value: number): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new CarillonError(
    'CAR7003',
    `process("${queue}") has ${option}: ${String(value)}. Give a number, 0 or more.`,
  );
}
