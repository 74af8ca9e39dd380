/** A worker of a queue that is polled: claims as many messages as it may work on, and stores their outcomes. */
import { clearTimer, setTimer } from '../dispatch/clock.js';
import { realClock } from '../dispatch/real-clock.js';
import type { Outcome, ProviderContext, QueueDelivery, Work } from '../queue/queue-provider.js';
import { settledWithin } from '../scope/deadline.js';
import { PausableConsumer } from './pausable-consumer.js';
import { Pauses } from './pauses.js';
import { queueTrouble } from './queue-trouble.js';

/** A message that was given out to this consumer. */
export type ClaimedMessage = Omit<QueueDelivery, 'progress' | 'log' | 'onLost'>;

/** The result of one claim. */
export interface Claim<M extends ClaimedMessage> {
  readonly messages: readonly M[];
  /** In how many milliseconds the next message may be due, where the store knows. */
  readonly next?: number | undefined;
}

/** Where the messages come from. A call that rejects is repeated, or the message comes again when its lease is over. */
export interface MessageSource<M extends ClaimedMessage> {
  /**
   * Whether calls take effect in the order in which they were made: then the next messages are claimed while an outcome is being stored, and
   * not only afterwards.
   */
  readonly inOrder?: boolean;
  /** Gives out at most as many messages as there is room for at the time when it takes effect. */
  claim(room: () => number): Promise<Claim<M>>;
  settle(message: M, outcome: Outcome): Promise<void>;
  /** Extends the leases of messages that are still in progress. Returns those that are another consumer's by now. */
  renew(messages: readonly M[]): Promise<readonly M[]>;
  progress(message: M, fraction: number): Promise<void>;
  log(message: M, line: string): Promise<void>;
}

/** What a consumer works with. */
export interface PullConsumerOptions<M extends ClaimedMessage> {
  /** The name of the queue, for errors. */
  readonly queue: string;
  readonly source: MessageSource<M>;
  readonly context: ProviderContext;
  readonly work: Work;
  /** How many messages may be in progress at once. */
  readonly concurrency: number;
  /** Milliseconds between two claims when nothing wakes the consumer earlier. */
  readonly poll: number;
  /** Milliseconds between a first claim that failed and the next one. */
  readonly pause: number;
  /** Milliseconds for which a message stays with this consumer unless its lease is renewed. */
  readonly lease: number;
  /** Is called once the consumer has stopped, and must not reject. */
  readonly ended?: () => Promise<void>;
}

/** How long its end waits for that, in milliseconds. */
const LEAVING = 500;

/** The longest time between two claims while the engine refuses them, in milliseconds. */
const LONGEST_PAUSE = 5000;

export class PullConsumer<M extends ClaimedMessage> extends PausableConsumer {
  readonly #options: PullConsumerOptions<M>;
  readonly #inProgress = new Map<M, ClaimedDelivery<M>>();
  /** Handlers that run, and outcomes that are being stored. */
  readonly #pending = new Set<Promise<void>>();
  /** What has failed since the last claim that succeeded: each is reported once. */
  readonly #troubles = new Set<string>();
  readonly #claiming: Promise<void>;
  readonly #pauses: Pauses;
  /** Whether there may be something to claim. */
  #isWoken = true;
  /** Ends the wait for something to claim. */
  #endWait: (() => void) | undefined;
  #failures = 0;
  #pollTimer: unknown;
  #leaseTimer: unknown;

  constructor(options: PullConsumerOptions<M>) {
    super();
    this.#options = options;
    const { context, pause: first } = options;
    this.#pauses = new Pauses(context.clock, { first, most: Math.max(first, LONGEST_PAUSE) });
    this.#keepLeases();
    this.#claiming = this.#claimUntilStopped();
  }

  /** There may be something to do. */
  wake(): void {
    this.#isWoken = true;
    this.#endWait?.();
  }

  protected override onPause(): void {
    // There is no room until it is resumed.
  }

  protected override onResume(): void {
    this.wake();
  }

  protected override async onStop(): Promise<void> {
    const { clock } = this.#options.context;
    this.#pauses.end();
    this.wake();
    await this.#claiming;
    clearTimer(clock, this.#pollTimer);
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    clearTimer(clock, this.#leaseTimer);
    const ended = this.#options.ended?.();
    if (ended !== undefined) await settledWithin(realClock, LEAVING, [ended]);
  }

  /**
   * One function for the whole life of the consumer: an `await` goes on in the asynchronous context of its function, whoever wakes it. So each
   * message is handled in the context in which the consumer was made, never in that of a sender.
   */
  async #claimUntilStopped(): Promise<void> {
    while (!this.isStopped) {
      if (!this.#isWoken) await this.#untilWoken();
      if (this.isStopped) return;
      try {
        this.#claimAgain(await this.#claimAll());
        this.#failures = 0;
      } catch (cause) {
        this.#report('could not be asked for messages', cause);
        await this.#pauseAfterFailure();
      }
    }
  }

  /** Returns in how many milliseconds to claim again if nothing wakes the consumer earlier. */
  async #claimAll(): Promise<number> {
    const { source, poll } = this.#options;
    let wait = poll;
    while (this.#isWoken) {
      this.#isWoken = false;
      if (this.#room() <= 0) return poll;
      const { messages, next } = await source.claim(() => this.#room());
      this.#troubles.clear();
      if (messages.length > 0) {
        // In a turn of their own: what a handler enters there does not stay with the next ones.
        await Promise.resolve(messages).then(this.#beginAll);
        this.#isWoken = true;
      }
      wait = Math.max(0, Math.min(next ?? wait, poll));
    }
    return wait;
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#endWait = resolve;
    });
  }

  /** Nothing but the end shortens it: what wakes a consumer says nothing of the engine. */
  async #pauseAfterFailure(): Promise<void> {
    this.#failures += 1;
    await this.#pauses.after(this.#failures - 1);
    this.#isWoken = true;
  }

  #room(): number {
    return this.isOpen ? this.#options.concurrency - this.#inProgress.size : 0;
  }

  #claimAgain(wait: number): void {
    const { clock } = this.#options.context;
    clearTimer(clock, this.#pollTimer);
    if (!this.isStopped) this.#pollTimer = setTimer(clock, () => this.wake(), wait);
  }

  readonly #beginAll = (messages: readonly M[]): void => {
    for (const message of messages) this.#begin(message);
  };

  #begin(message: M): void {
    const { source, work } = this.#options;
    const delivery = new ClaimedDelivery(message, source, this.#reportUpdate);
    this.#inProgress.set(message, delivery);
    const outcome = work(delivery);
    if (outcome instanceof Promise)
      this.#follow(outcome.then((known) => this.#settle(message, known)));
    else this.#settle(message, outcome);
  }

  #settle(message: M, outcome: Outcome): void {
    const { source } = this.#options;
    const stored = source.settle(message, outcome);
    const leave = () => {
      if (this.#inProgress.delete(message)) this.wake();
    };
    if (source.inOrder === true) leave();
    else stored.then(leave, leave);
    this.#follow(stored);
  }

  /** Several outcomes may be stored by one promise. */
  #follow(pending: Promise<void>): void {
    if (this.#pending.has(pending)) return;
    this.#pending.add(pending);
    const over = () => this.#pending.delete(pending);
    pending.then(over, (cause) => {
      over();
      this.#report('did not store an outcome: the message will come again', cause);
    });
  }

  #keepLeases(): void {
    const { context, lease } = this.#options;
    const renew = () => {
      this.#renew().catch((cause) =>
        this.#report('could not renew the leases of its messages', cause),
      );
      this.#keepLeases();
    };
    this.#leaseTimer = setTimer(context.clock, renew, lease / 3);
  }

  async #renew(): Promise<void> {
    const own = [...this.#inProgress].filter(([, { isLost }]) => !isLost);
    if (own.length === 0) return;
    const lost = await this.#options.source.renew(own.map(([message]) => message));
    for (const message of lost) this.#inProgress.get(message)?.lose();
  }

  /** One function for all messages. */
  readonly #reportUpdate = (cause: unknown) =>
    this.#report('did not store the progress or the log of a message', cause);

  /** Once for each kind of trouble, until the engine gives out messages again. */
  #report(what: string, cause: unknown): void {
    const { context, queue } = this.#options;
    if (this.#troubles.has(what)) return;
    this.#troubles.add(what);
    context.report(
      queueTrouble(`"${queue}"`, `${what}. See the cause, and whether the engine runs.`, cause),
    );
  }
}

/** A message as its handler gets it. Its updates are stored in the background. */
class ClaimedDelivery<M extends ClaimedMessage> implements QueueDelivery {
  readonly id: string;
  readonly handler: string | undefined;
  readonly body: string | Uint8Array;
  readonly attempt: number;
  readonly expired: boolean;
  readonly #message: M;
  readonly #source: MessageSource<M>;
  readonly #failed: (cause: unknown) => void;
  #lost: (() => void) | undefined;
  #isLost = false;

  constructor(message: M, source: MessageSource<M>, failed: (cause: unknown) => void) {
    this.id = message.id;
    this.handler = message.handler;
    this.body = message.body;
    this.attempt = message.attempt;
    this.expired = message.expired;
    this.#message = message;
    this.#source = source;
    this.#failed = failed;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
    this.#lost?.();
  }

  onLost(lost: () => void): void {
    this.#lost = lost;
  }

  progress(fraction: number): void {
    this.#source.progress(this.#message, fraction).catch(this.#failed);
  }

  log(line: string): void {
    this.#source.log(this.#message, line).catch(this.#failed);
  }
}
