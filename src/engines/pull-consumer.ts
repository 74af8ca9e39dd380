/** A worker of a queue that is asked for messages: claims as many as it may work on, and stores what became of them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { clearTimer, setTimer } from '../dispatch/clock.js';
import type {
  ConsumeOptions,
  Consumption,
  Outcome,
  ProviderContext,
  QueueDelivery,
  Work,
} from '../queue/queue-provider.js';

/** A message that was given out to this consumer. */
export type Claimed = Omit<QueueDelivery, 'progress' | 'log'>;

/** What was claimed, and in how many milliseconds the next may be due where the store knows. */
export interface Claim<M extends Claimed> {
  readonly messages: readonly M[];
  readonly next?: number | undefined;
}

/** Where the messages come from. Each call may reject: then it is tried again, or the message comes again when its lease is over. */
export interface MessageSource<M extends Claimed> {
  /**
   * Whether what is asked is done in the order in which it was asked: then the next messages are asked for together with the storing of an
   * outcome, and not only after it.
   */
  readonly inOrder?: boolean;
  /** Gives out at most as many as there is room for in the moment in which it is done. */
  claim(room: () => number): Promise<Claim<M>>;
  settle(message: M, outcome: Outcome): Promise<void>;
  /** Says that they are still in work. */
  renew(messages: readonly M[]): Promise<void>;
  progress(message: M, fraction: number): Promise<void>;
  log(message: M, line: string): Promise<void>;
}

/** How often it asks, in milliseconds. */
export interface PullTimes {
  /** Nothing tells it sooner. */
  readonly poll: number;
  /** Longer without a word, and what is in work is somebody else's. */
  readonly lease: number;
}

/** A message as its handler gets it. What it tells is told in the background. */
class ClaimedMessage<M extends Claimed> implements QueueDelivery {
  readonly id: string;
  readonly handler: string | undefined;
  readonly body: string | Uint8Array;
  readonly attempt: number;
  readonly expired: boolean;

  constructor(
    private readonly message: M,
    private readonly source: MessageSource<M>,
    private readonly untold: (cause: unknown) => void,
  ) {
    this.id = message.id;
    this.handler = message.handler;
    this.body = message.body;
    this.attempt = message.attempt;
    this.expired = message.expired;
  }

  progress(fraction: number): void {
    this.source.progress(this.message, fraction).catch(this.untold);
  }

  log(line: string): void {
    this.source.log(this.message, line).catch(this.untold);
  }
}

export class PullConsumer<M extends Claimed> implements Consumption {
  readonly #busy = new Set<M>();
  /** Handlers, and what stores their outcomes. */
  readonly #going = new Set<Promise<void>>();
  readonly #untold = (cause: unknown) => this.#report('did not take what a handler told', cause);
  #claiming: Promise<void> | undefined;
  #again = false;
  #state: 'open' | 'paused' | 'stopped' = 'open';
  #pollTimer: unknown;
  #leaseTimer: unknown;
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly queue: string,
    private readonly source: MessageSource<M>,
    private readonly context: ProviderContext,
    private readonly options: ConsumeOptions,
    private readonly times: PullTimes,
    private readonly work: Work,
  ) {
    this.#keepLeases();
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    this.#again = true;
    this.#claiming ??= this.#claimAll().finally(() => {
      this.#claiming = undefined;
      // It had looked for the last time when there was something to do again.
      if (this.#again) this.wake();
    });
  }

  pause(): void {
    if (this.#state === 'open') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'open';
    this.wake();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    clearTimer(this.context.clock, this.#pollTimer);
    await this.#claiming;
    while (this.#going.size > 0) await Promise.allSettled(this.#going);
    clearTimer(this.context.clock, this.#leaseTimer);
  }

  async #claimAll(): Promise<void> {
    let { poll: wait } = this.times;
    try {
      while (this.#again) {
        this.#again = false;
        if (this.#room() <= 0) return;
        const { messages, next } = await this.source.claim(() => this.#room());
        for (const message of messages) this.#begin(message);
        if (messages.length > 0) this.#again = true;
        wait = Math.max(0, Math.min(next ?? wait, this.times.poll));
      }
    } catch (cause) {
      this.#again = false;
      this.#report('could not be asked for messages', cause);
    } finally {
      this.#askAgain(wait);
    }
  }

  #room(): number {
    return this.#state === 'open' ? this.options.concurrency - this.#busy.size : 0;
  }

  #askAgain(wait: number): void {
    const { clock } = this.context;
    clearTimer(clock, this.#pollTimer);
    if (this.#state !== 'stopped') this.#pollTimer = setTimer(clock, () => this.wake(), wait);
  }

  #begin(message: M): void {
    this.#busy.add(message);
    const outcome = this.work(new ClaimedMessage(message, this.source, this.#untold));
    if (outcome instanceof Promise)
      this.#follow(outcome.then((known) => this.#settle(message, known)));
    else this.#settle(message, outcome);
  }

  #settle(message: M, outcome: Outcome): void {
    const stored = this.source.settle(message, outcome);
    const leave = () => {
      if (this.#busy.delete(message)) this.wake();
    };
    if (this.source.inOrder === true) leave();
    else stored.then(leave, leave);
    this.#follow(stored);
  }

  /** Several outcomes may be stored together. */
  #follow(going: Promise<void>): void {
    if (this.#going.has(going)) return;
    this.#going.add(going);
    const over = () => this.#going.delete(going);
    going.then(over, (cause) => {
      over();
      this.#report('did not store an outcome: the message will come again', cause);
    });
  }

  #keepLeases(): void {
    this.#leaseTimer = setTimer(
      this.context.clock,
      () => {
        const renewal =
          this.#busy.size === 0 ? Promise.resolve() : this.source.renew([...this.#busy]);
        renewal.catch((cause) => this.#report('could not be told what is still in work', cause));
        this.#keepLeases();
      },
      this.times.lease / 3,
    );
  }

  #report(what: string, cause: unknown): void {
    this.context.report(
      new CarillonError(
        'CAR5018',
        `Queue "${this.queue}" ${what}. See the cause, and whether the engine runs.`,
        { cause },
      ),
    );
  }
}
