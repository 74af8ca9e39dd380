/** A worker of a queue that is polled: claims as many messages as it may work on, and stores their outcomes. */
import { clearTimer, setTimer } from '../dispatch/clock.js';
import type { Outcome, ProviderContext, QueueDelivery, Work } from '../queue/queue-provider.js';
import { PausableConsumer } from './pausable-consumer.js';
import { queueTrouble } from './queue-trouble.js';

/** A message that was given out to this consumer. */
export type ClaimedMessage = Omit<QueueDelivery, 'progress' | 'log'>;

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
  /** Extends the leases of messages that are still in progress. */
  renew(messages: readonly M[]): Promise<void>;
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
  /** Milliseconds for which a message stays with this consumer unless its lease is renewed. */
  readonly lease: number;
}

export class PullConsumer<M extends ClaimedMessage> extends PausableConsumer {
  readonly #options: PullConsumerOptions<M>;
  readonly #inProgress = new Set<M>();
  /** Handlers that run, and outcomes that are being stored. */
  readonly #pending = new Set<Promise<void>>();
  #claiming: Promise<void> | undefined;
  /** Whether there may be something to claim. */
  #isWoken = false;
  #pollTimer: unknown;
  #leaseTimer: unknown;

  constructor(options: PullConsumerOptions<M>) {
    super();
    this.#options = options;
    this.#keepLeases();
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    this.#isWoken = true;
    this.#claiming ??= this.#claimAll().finally(() => {
      this.#claiming = undefined;
      // It was woken after its last claim.
      if (this.#isWoken) this.wake();
    });
  }

  protected override onPause(): void {
    // There is no room until it is resumed.
  }

  protected override onResume(): void {
    this.wake();
  }

  protected override async onStop(): Promise<void> {
    const { clock } = this.#options.context;
    clearTimer(clock, this.#pollTimer);
    await this.#claiming;
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    clearTimer(clock, this.#leaseTimer);
  }

  async #claimAll(): Promise<void> {
    const { source, poll } = this.#options;
    let wait = poll;
    try {
      while (this.#isWoken) {
        this.#isWoken = false;
        if (this.#room() <= 0) return;
        const { messages, next } = await source.claim(() => this.#room());
        for (const message of messages) this.#begin(message);
        if (messages.length > 0) this.#isWoken = true;
        wait = Math.max(0, Math.min(next ?? wait, poll));
      }
    } catch (cause) {
      this.#isWoken = false;
      this.#report('could not be asked for messages', cause);
    } finally {
      this.#claimAgain(wait);
    }
  }

  #room(): number {
    return this.isOpen ? this.#options.concurrency - this.#inProgress.size : 0;
  }

  #claimAgain(wait: number): void {
    const { clock } = this.#options.context;
    clearTimer(clock, this.#pollTimer);
    if (!this.isStopped) this.#pollTimer = setTimer(clock, () => this.wake(), wait);
  }

  #begin(message: M): void {
    const { source, work } = this.#options;
    this.#inProgress.add(message);
    const outcome = work(new ClaimedDelivery(message, source, this.#reportUpdate));
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
    const { context, source, lease } = this.#options;
    const renew = () => {
      const renewal =
        this.#inProgress.size === 0 ? Promise.resolve() : source.renew([...this.#inProgress]);
      renewal.catch((cause) => this.#report('could not renew the leases of its messages', cause));
      this.#keepLeases();
    };
    this.#leaseTimer = setTimer(context.clock, renew, lease / 3);
  }

  /** One function for all messages. */
  readonly #reportUpdate = (cause: unknown) =>
    this.#report('did not store the progress or the log of a message', cause);

  #report(what: string, cause: unknown): void {
    const { context, queue } = this.#options;
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

  progress(fraction: number): void {
    this.#source.progress(this.#message, fraction).catch(this.#failed);
  }

  log(line: string): void {
    this.#source.log(this.#message, line).catch(this.#failed);
  }
}
