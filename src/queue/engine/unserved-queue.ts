/** Looks after the messages that this process has sent to a queue which it does not serve: another process may, or none. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { milliseconds } from '../../../decorators/duration.js';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
import { settledWithin } from '../../scope/deadline.js';
import type { QueueContext } from '../queue-options.js';
import type { Outcome, ProviderQueue, QueueCounts, QueueDelivery } from '../queue-provider.js';

/** The shortest and the longest time between two looks, in milliseconds. */
const SOONEST = 1000;
const LATEST = 60_000;

/** How long a queue is unserved before the first of its messages is given up, in milliseconds: as long as its workers may take to start. */
const DOWNTIME = 3_600_000;

/** How long its messages are gone through at once, in milliseconds. */
const PASS = 10_000;

/** What it looks after. */
export interface UnservedQueueOptions {
  readonly context: QueueContext;
  /** What errors call the engine. */
  readonly provider: string;
  open(): Promise<ProviderQueue>;
  /** Gives up a message that was sent that long ago, in milliseconds; another one goes back. */
  giveUp(delivery: QueueDelivery, age: number): Outcome;
}

export class UnservedQueue {
  readonly #options: UnservedQueueOptions;
  /** How long messages wait for a worker, in milliseconds. */
  readonly #limit: number;
  #timer: unknown;
  #looking: Promise<void> | undefined;
  /** Since when nobody has served it, as far as is known. */
  #since: number | undefined;
  #waiting = 0;
  #endPass: (() => void) | undefined;
  #isReported = false;
  #isEnded = false;

  constructor(options: UnservedQueueOptions) {
    this.#options = options;
    this.#limit = milliseconds(options.context.options.unserved ?? '7d');
  }

  /** A message was sent. */
  watch(): void {
    if (this.#isEnded || this.#timer !== undefined || this.#looking !== undefined) return;
    const { clock } = this.#options.context.runtime;
    const wait = Math.max(SOONEST, Math.min(LATEST, this.#limit));
    this.#timer = setTimer(clock, () => this.#begin(), wait);
  }

  /** Looks no more: it is served here, or the application ends. Resolves once nothing of it is under way. */
  end(): Promise<void> | undefined {
    this.#isEnded = true;
    this.#endPass?.();
    clearTimer(this.#options.context.runtime.clock, this.#timer);
    return this.#looking;
  }

  #begin(): void {
    this.#timer = undefined;
    this.#looking = this.#look()
      // An engine that does not answer is told by whoever sends to it.
      .catch(() => true)
      .then((isWaiting) => {
        this.#looking = undefined;
        if (isWaiting) this.watch();
      });
  }

  /** Whether there may be something to look after. */
  async #look(): Promise<boolean> {
    const { context, open } = this.#options;
    const { clock } = context.runtime;
    const queue = await open();
    const [isServed, counts] = await Promise.all([queue.isServed?.(), queue.counts()]);
    const { waiting, delayed } = counts;
    if (this.#isEnded) return false;
    if (!this.#isLeftAlone(isServed, counts)) {
      this.#since = undefined;
      return waiting + delayed > 0;
    }
    this.#since ??= clock.now();
    if (!this.#isReported) context.runtime.report(this.#error(waiting, isServed));
    this.#isReported = true;
    if (isServed === false && this.#isTime(clock.now() - this.#since)) {
      this.#since = clock.now();
      await this.#pass(queue, waiting);
    }
    return true;
  }

  #isTime(unserved: number): boolean {
    return this.#limit !== Number.POSITIVE_INFINITY && unserved >= Math.min(this.#limit, DOWNTIME);
  }

  /** Where the engine does not know its workers, messages that wait while none is in progress, and do not become fewer, are the only sign. */
  #isLeftAlone(isServed: boolean | undefined, { waiting, active }: QueueCounts): boolean {
    const before = this.#waiting;
    this.#waiting = waiting;
    if (isServed !== undefined) return !isServed && waiting > 0;
    return active === 0 && before > 0 && waiting >= before;
  }

  /** Goes through the messages until one is met that may still wait. */
  async #pass(queue: ProviderQueue, waiting: number): Promise<void> {
    const { context, giveUp } = this.#options;
    let left = waiting;
    const ended = new Promise<void>((resolve) => {
      this.#endPass = resolve;
    });
    const consumption = await queue.consume({ concurrency: 1, onRetry: 'block' }, (delivery) => {
      const outcome = giveUp(delivery, this.#limit);
      left -= 1;
      if (outcome.type !== 'giveUp' || left <= 0) this.#endPass?.();
      return outcome;
    });
    await settledWithin(context.runtime.clock, PASS, [ended]);
    await consumption.stop();
  }

  #error(waiting: number, isServed: boolean | undefined): CarillonError {
    const { context, provider } = this.#options;
    const limit =
      this.#limit === Number.POSITIVE_INFINITY
        ? 'they wait until one does'
        : `each is a dead letter once it has waited for ${this.#limit} ms`;
    const fact =
      isServed === false
        ? `no process serves it: ${limit}`
        : 'none of them was begun for a while: they wait until a process serves it';
    return new CarillonError(
      'CAR5024',
      `Queue "${context.name}" on ${provider} has ${waiting} message(s), and ${fact}. Start a program with its handlers, or correct the name of the queue.`,
    );
  }
}
