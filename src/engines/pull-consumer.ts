/** A worker of a queue that is polled: claims as many messages as it may work on, and stores their outcomes. */
import { clearTimer, setTimer } from '../dispatch/clock.js';
import { realClock } from '../dispatch/real-clock.js';
import type { Outcome, ProviderContext, Work } from '../queue/queue-provider.js';
import { settledWithin } from '../scope/deadline.js';
import { ClaimedDelivery, type ClaimedMessage } from './claimed-delivery.js';
import type { KeyRun } from './key-run.js';
import { KeysInHand } from './keys-in-hand.js';
import { OtherConsumers } from './other-consumers.js';
import { NOT_ATTEMPTED, PausableConsumer } from './pausable-consumer.js';
import { Pauses } from './pauses.js';
import { Troubles } from './queue-trouble.js';

/** How much a claim may give out. */
export interface ClaimSize {
  /** How many messages begin at once. */
  readonly count: number;
  /** How many more may be given out behind those of their ordering key: each begins when the one before it is done. Default 0. */
  readonly behind?: number;
}

/** The result of one claim. */
export interface Claim<M extends ClaimedMessage> {
  readonly messages: readonly M[];
  /** Behind one of them, in order: more of its ordering key. */
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
  /** Gives out at most as many messages as there is room for at the time when it takes effect. Others are claimed soon where `next` says so. */
  claim(room: () => ClaimSize): Promise<Claim<M>>;
  /** @param behind what goes back with it: messages of its ordering key that have not begun */
  settle(message: M, outcome: Outcome, behind: readonly M[]): Promise<void>;
  /** Messages of one ordering key that have not begun wait again, and no attempt is counted. */
  giveBack(messages: readonly M[]): Promise<void>;
  /** Extends the leases of messages that are still in progress. Returns those that are another consumer's by now. */
  renew(messages: readonly M[]): Promise<readonly M[]>;
  progress(message: M, fraction: number): Promise<void>;
  log(message: M, line: string): Promise<void>;
  /** Wakes the other consumers of the queue, where they would look only after a time. */
  tellOthers?(): Promise<void>;
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
  /** Whether more of an ordering key may be in hand than the message that is in progress. Absent: it may. */
  readonly mayRepeat?: (() => boolean) | undefined;
  /** Milliseconds between two claims when nothing wakes the consumer earlier. */
  readonly poll: number;
  /** Milliseconds between a first claim that failed and the next one. */
  readonly pause: number;
  /** Milliseconds for which a message stays with this consumer unless its lease is renewed. */
  readonly lease: number;
  /** Is called once the consumer has stopped, and must not reject. */
  readonly ended?: () => Promise<void>;
}

/** A message with others of its ordering key in hand behind it. */
interface Step<M extends ClaimedMessage> {
  readonly run: KeyRun<M>;
  readonly message: M;
  readonly begun: number;
  readonly outcome: Outcome | Promise<Outcome>;
}

const DONE: Outcome = { type: 'done' };

/** One for all messages that have nothing behind them. */
const NOTHING: readonly never[] = [];

/** How long its end waits for that, in milliseconds. */
const LEAVING = 500;

/** The longest time between two claims while the engine refuses them, in milliseconds. */
const LONGEST_PAUSE = 5000;

export class PullConsumer<M extends ClaimedMessage> extends PausableConsumer {
  readonly #options: PullConsumerOptions<M>;
  readonly #inProgress = new Map<M, ClaimedDelivery<M>>();
  /** Handlers that run, and outcomes that are being stored. */
  readonly #pending = new Set<Promise<void>>();
  readonly #troubles: Troubles;
  readonly #others: OtherConsumers;
  readonly #claiming: Promise<void>;
  readonly #pauses: Pauses;
  readonly #keys: KeysInHand<M>;
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
    const { context, source, pause: first, mayRepeat = () => true, concurrency, lease } = options;
    this.#troubles = new Troubles(options.queue, context);
    this.#others = new OtherConsumers(source);
    const giveBack = (messages: readonly M[]) => this.#giveBack(messages);
    this.#keys = new KeysInHand({
      clock: context.clock,
      concurrency,
      lease,
      mayRepeat,
      giveBack,
    });
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
    this.#follow(this.#keys.giveBackAll());
  }

  protected override onResume(): void {
    this.wake();
  }

  protected override async onStop(): Promise<void> {
    const { clock } = this.#options.context;
    this.#pauses.end();
    this.#follow(this.#keys.giveBackAll());
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
        this.#troubles.report('could not be asked for messages', cause);
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
      let asked = 0;
      let since = 0;
      const claim = await source.claim(() => {
        asked = this.#room();
        since = Date.now();
        return { count: asked, behind: this.#keys.room() };
      });
      this.#troubles.clear();
      // In a turn of their own: what a handler enters there does not stay with the next ones.
      if (claim.messages.length > 0)
        await Promise.resolve(claim).then((found) => this.#beginOwn(found, since));
      if (asked > 0 && claim.messages.length >= asked) this.#isWoken = true;
      wait = Math.max(0, Math.min(claim.next ?? wait, poll));
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
    await this.#pauses.after(this.#failures);
    this.#failures += 1;
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

  /**
   * The process may have stood still: what others may have by now is renewed before it begins. What is lost, or was not renewed, does not begin;
   * nor does what was given out to a consumer that was paused or stopped meanwhile.
   *
   * @param since when the leases began, or earlier
   */
  async #beginOwn(claim: Claim<M>, since: number): Promise<void> {
    const { lease, source } = this.#options;
    if (this.isOpen && Date.now() - since < lease / 2) {
      this.#beginAll(claim, since);
      return;
    }
    const renewed = Date.now();
    const own = this.isOpen ? await ownOf(claim, source) : new Set<M>();
    for (const message of claim.messages)
      if (!own.has(message)) this.#settle(message, NOT_ATTEMPTED, claim.behind?.get(message));
    if (own.size > 0) await this.#beginOwn({ ...claim, messages: [...own] }, renewed);
  }

  /** @param since when their leases began, or earlier */
  #beginAll({ messages, behind }: Claim<M>, since: number): void {
    const steps: Step<M>[] = [];
    for (const message of messages) {
      const rest = behind?.get(message);
      if (rest === undefined) this.#begin(message);
      else steps.push(this.#beginIn(this.#keys.add(rest, since), message));
    }
    for (const step of steps) this.#goOn(step);
  }

  #begin(message: M): void {
    const begun = performance.now();
    const outcome = this.#work(message);
    const settle = (known: Outcome) => {
      this.#keys.note(known, begun);
      this.#settle(message, known);
    };
    if (outcome instanceof Promise) this.#follow(outcome.then(settle));
    else settle(outcome);
  }

  #work(message: M, run?: KeyRun<M>): Outcome | Promise<Outcome> {
    const { source, work } = this.#options;
    const delivery = new ClaimedDelivery(message, { source, failed: this.#reportUpdate, run });
    this.#inProgress.set(message, delivery);
    return work(delivery);
  }

  #beginIn(run: KeyRun<M>, message: M): Step<M> {
    const begun = performance.now();
    return { run, message, begun, outcome: this.#work(message, run) };
  }

  async #giveBack(messages: readonly M[]): Promise<void> {
    try {
      await this.#options.source.giveBack(messages);
    } catch (cause) {
      this.#troubles.report('could not give messages back: they will come again', cause);
    }
    this.#left();
  }

  /** What is done at once is followed at once by the next message of its key. */
  #goOn(first: Step<M>): void {
    for (let step: Step<M> | undefined = first; step !== undefined; ) {
      const { outcome } = step;
      if (outcome instanceof Promise || outcome.type !== 'done') {
        this.#follow(this.#goOnLater(step, outcome));
        return;
      }
      step = this.#done(step);
    }
  }

  async #goOnLater(step: Step<M>, pending: Outcome | Promise<Outcome>): Promise<void> {
    const { run, message, begun } = step;
    const outcome = await pending;
    if (outcome.type === 'done') {
      const next = this.#done(step);
      if (next !== undefined) this.#goOn(next);
      return;
    }
    this.#keys.note(outcome, begun);
    this.#keys.remove(run);
    const rest = run.take();
    // What was stored before it first: then it is the one that holds the key, or lets it go.
    await run.settled();
    this.#settle(message, outcome, rest);
  }

  /** Begins the next message of the key, if there is one in hand that still may. */
  #done({ run, message, begun }: Step<M>): Step<M> | undefined {
    this.#keys.note(DONE, begun);
    const next = this.isOpen ? run.next() : undefined;
    const stored = this.#settle(message, DONE, NOTHING, next === undefined);
    if (next !== undefined) {
      run.storing(stored);
      return this.#beginIn(run, next);
    }
    this.#keys.remove(run);
    this.#follow(run.giveBack());
    return undefined;
  }

  /**
   * @param behind what goes back with it
   * @param isLast whether no other of its ordering key is in hand
   */
  #settle(
    message: M,
    outcome: Outcome,
    behind: readonly M[] = NOTHING,
    isLast = message.isOrdered,
  ): Promise<void> {
    const { source } = this.#options;
    const stored = source.settle(message, outcome, behind);
    const leave = () => {
      const isWanted = isLast || outcome.type !== 'done' || this.#room() <= 0;
      this.#inProgress.delete(message);
      // Whoever has had room to spare has found nothing more.
      if (isWanted) this.#left();
    };
    if (source.inOrder === true) leave();
    else stored.then(leave, leave);
    this.#follow(stored);
    return stored;
  }

  /** Something is free that was in hand here: it is left to the others while this consumer claims nothing. */
  #left(): void {
    this.wake();
    if (!this.isOpen) this.#others.tell();
  }

  /** Several outcomes may be stored by one promise. */
  #follow(pending: Promise<void>): void {
    if (this.#pending.has(pending)) return;
    this.#pending.add(pending);
    const over = () => this.#pending.delete(pending);
    pending.then(over, (cause) => {
      over();
      this.#troubles.report('did not store an outcome: the message will come again', cause);
    });
  }

  #keepLeases(): void {
    const { context, lease } = this.#options;
    const renew = () => {
      this.#renew().catch((cause) =>
        this.#troubles.report('could not renew the leases of its messages', cause),
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
    this.#troubles.report('did not store the progress or the log of a message', cause);
}

/** Renews all of a claim. Returns those that are still the consumer's, and what is in hand behind them as well. */
async function ownOf<M extends ClaimedMessage>(
  { messages, behind }: Claim<M>,
  source: MessageSource<M>,
): Promise<ReadonlySet<M>> {
  const inHand = (message: M) => [message, ...(behind?.get(message) ?? [])];
  const all = messages.flatMap(inHand);
  const lost = new Set(await source.renew(all).catch(() => all));
  return new Set(messages.filter((message) => !inHand(message).some((own) => lost.has(own))));
}
