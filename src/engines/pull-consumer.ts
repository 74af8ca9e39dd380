/** A worker of a queue that is polled: claims as many messages as it may work on, and stores their outcomes. */
import { clearTimer, setTimer } from '../dispatch/clock.js';
import { realClock } from '../dispatch/real-clock.js';
import type { Outcome, ProviderContext, QueueDelivery, Work } from '../queue/queue-provider.js';
import { settledWithin } from '../scope/deadline.js';
import { KeyRun } from './key-run.js';
import { PausableConsumer } from './pausable-consumer.js';
import { Pauses } from './pauses.js';
import { queueTrouble } from './queue-trouble.js';

/** A message that was given out to this consumer. */
export type ClaimedMessage = Omit<QueueDelivery, 'progress' | 'log' | 'onLost'>;

/** How the handlers of a consumer have been lately. */
export type Pace = 'quick' | 'slow';

/** The result of one claim. */
export interface Claim<M extends ClaimedMessage> {
  readonly messages: readonly M[];
  /** The messages of the same ordering key that are in hand behind one of them, in order. */
  readonly behind?: ReadonlyMap<M, readonly M[]> | undefined;
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
  /**
   * Gives out at most as many messages as there is room for at the time when it takes effect. Where handlers are quick and there is room to
   * spare, more messages of a key that is given out may be taken in hand: they begin when the one before them is done.
   */
  claim(room: () => number, pace: Pace): Promise<Claim<M>>;
  settle(message: M, outcome: Outcome): Promise<void>;
  /** Messages that were in hand and have not begun wait again, and no attempt is counted. Needed by a source that takes some in hand. */
  giveBack?(messages: readonly M[]): Promise<void>;
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

const DONE: Outcome = { type: 'done' };

/** A message of a key that has begun, while others of the key are in hand behind it. */
interface Step<M extends ClaimedMessage> {
  readonly run: KeyRun<M>;
  readonly message: M;
  readonly begun: number;
  readonly outcome: Outcome | Promise<Outcome>;
}

/** How long its end waits for that, in milliseconds. */
const LEAVING = 500;

/** Milliseconds within which an outcome is a quick one. */
const QUICK = 10;

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
  #pace: Pace = 'slow';
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
    const { source, poll, lease } = this.#options;
    let wait = poll;
    while (this.#isWoken) {
      this.#isWoken = false;
      if (this.#room() <= 0) return poll;
      const until = Date.now() + lease;
      const claim = await source.claim(() => this.#room(), this.#pace);
      const { messages, next } = claim;
      this.#troubles.clear();
      if (messages.length > 0) {
        // In a turn of their own: what a handler enters there does not stay with the next ones.
        await Promise.resolve(claim).then((found) => this.#beginAll(found, until));
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

  /** @param until when their leases are over */
  #beginAll({ messages, behind }: Claim<M>, until: number): void {
    const steps: Step<M>[] = [];
    for (const message of messages) {
      const rest = behind?.get(message);
      if (rest === undefined) this.#begin(message);
      else steps.push(this.#beginIn(this.#newRun(rest, until), message));
    }
    for (const step of steps) this.#goOn(step);
  }

  #begin(message: M): void {
    const begun = performance.now();
    const outcome = this.#work(message);
    if (!(outcome instanceof Promise)) {
      this.#pace = 'quick';
      this.#follow(this.#settle(message, outcome));
      return;
    }
    const settled = outcome.then((known) => {
      this.#keepPace(begun);
      this.#follow(this.#settle(message, known));
    });
    this.#follow(settled);
  }

  #work(message: M, run?: KeyRun<M>): Outcome | Promise<Outcome> {
    const { source, work } = this.#options;
    const delivery = new ClaimedDelivery(message, { source, failed: this.#reportUpdate, run });
    this.#inProgress.set(message, delivery);
    return work(delivery);
  }

  #keepPace(begun: number): void {
    this.#pace = performance.now() - begun < QUICK ? 'quick' : 'slow';
  }

  #newRun(rest: readonly M[], until: number): KeyRun<M> {
    const { source, context } = this.#options;
    const giveBack = async (messages: readonly M[]) => {
      try {
        await source.giveBack?.(messages);
      } catch (cause) {
        this.#report('could not give messages back: they will come again', cause);
      }
    };
    return new KeyRun({ rest, clock: context.clock, until, giveBack });
  }

  #beginIn(run: KeyRun<M>, message: M): Step<M> {
    const begun = performance.now();
    return { run, message, begun, outcome: this.#work(message, run) };
  }

  /** What is done at once is followed at once by the next message of its key. */
  #goOn(first: Step<M>): void {
    let step: Step<M> | undefined = first;
    while (step !== undefined) {
      const { outcome } = step;
      if (outcome instanceof Promise || outcome.type !== 'done') {
        this.#follow(this.#goOnLater(step, outcome));
        return;
      }
      step = this.#done(step);
    }
  }

  async #goOnLater(step: Step<M>, pending: Outcome | Promise<Outcome>): Promise<void> {
    const { run, message } = step;
    const outcome = await run.outcome(pending);
    if (outcome.type === 'done') {
      const next = this.#done(step);
      if (next !== undefined) this.#goOn(next);
      return;
    }
    // The outcomes before it first: then it is the one that holds the key, or lets it go.
    await run.giveBack();
    await run.settled();
    this.#follow(this.#settle(message, outcome));
  }

  /** Begins the next message of the key, if there is one in hand that still may. */
  #done({ run, message, begun }: Step<M>): Step<M> | undefined {
    this.#keepPace(begun);
    const stored = this.#settle(message, DONE);
    run.storing(stored);
    this.#follow(stored);
    const next = this.isOpen ? run.next() : undefined;
    if (next !== undefined) return this.#beginIn(run, next);
    this.#follow(run.giveBack());
    return undefined;
  }

  #settle(message: M, outcome: Outcome): Promise<void> {
    const { source } = this.#options;
    const stored = source.settle(message, outcome);
    const leave = () => {
      if (this.#inProgress.delete(message)) this.wake();
    };
    if (source.inOrder === true) leave();
    else stored.then(leave, leave);
    return stored;
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
    const { source, lease } = this.#options;
    const own = [...this.#inProgress].filter(([, { isLost }]) => !isLost);
    if (own.length === 0) return;
    const until = Date.now() + lease;
    const lost = new Set(await source.renew(own.map(([message]) => message)));
    for (const [message, delivery] of own) {
      if (!lost.has(message)) delivery.run?.renewed(until);
      else if (this.#inProgress.has(message)) delivery.lose();
    }
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

interface ClaimedDeliveryOptions<M extends ClaimedMessage> {
  readonly source: MessageSource<M>;
  /** Receives why an update was not stored. */
  readonly failed: (cause: unknown) => void;
  readonly run: KeyRun<M> | undefined;
}

/** A message as its handler gets it. Its updates are stored in the background. */
class ClaimedDelivery<M extends ClaimedMessage> implements QueueDelivery {
  readonly id: string;
  readonly handler: string | undefined;
  readonly body: string | Uint8Array;
  readonly attempt: number;
  readonly expired: boolean;
  readonly #message: M;
  /** Of its ordering key, where it has others in hand. */
  readonly run: KeyRun<M> | undefined;
  readonly #source: MessageSource<M>;
  readonly #failed: (cause: unknown) => void;
  #lost: (() => void) | undefined;
  #isLost = false;

  constructor(message: M, { source, failed, run }: ClaimedDeliveryOptions<M>) {
    this.id = message.id;
    this.handler = message.handler;
    this.body = message.body;
    this.attempt = message.attempt;
    this.expired = message.expired;
    this.run = run;
    this.#message = message;
    this.#source = source;
    this.#failed = failed;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
    this.run?.lose();
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
