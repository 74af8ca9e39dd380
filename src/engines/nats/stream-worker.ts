/** A worker of a queue in JetStream. */
import type { Msg } from '@nats-io/transport-node';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
import type { Outcome, Work } from '../../queue/queue-provider.js';
import { PausableConsumer } from '../pausable-consumer.js';
import type { KeyStore } from './key-store.js';
import type { NatsDeadLetters } from './nats-dead-letters.js';
import { PullLoop, type PullSource } from './pull-loop.js';
import type { Requests } from './requests.js';
import { StreamMessage } from './stream-message.js';

/** What a worker needs of its queue. */
export interface WorkerDependencies extends PullSource {
  readonly keys: KeyStore;
  readonly requests: Requests;
  readonly deadLetters: NatsDeadLetters;
  readonly concurrency: number;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds. */
  readonly patience: number;
}

/** The part of a lease that may be over when a message arrives: the server counts from the time when it sent the message. */
const TRANSIT = 0.1;

export class StreamWorker extends PausableConsumer {
  readonly #dependencies: WorkerDependencies;
  readonly #work: Work;
  /** The messages in progress, and until when no other worker can have them. */
  readonly #inProgress = new Map<StreamMessage, number>();
  /** What to do when another worker may have a message in progress. */
  readonly #lose = new Map<StreamMessage, () => void>();
  readonly #pending = new Set<Promise<void>>();
  #loop: PullLoop | undefined;
  #timer: unknown;

  constructor(dependencies: WorkerDependencies, work: Work) {
    super();
    this.#dependencies = dependencies;
    this.#work = work;
    this.#loop = this.#pull();
  }

  /** The client has reconnected. */
  renew(): void {
    this.#loop?.renew();
  }

  protected override onPause(): void {
    this.#loop?.close().catch(this.#dependencies.failed);
    this.#loop = undefined;
  }

  protected override onResume(): void {
    this.#loop = this.#pull();
  }

  protected override async onStop(): Promise<void> {
    await this.#loop?.close();
    await Promise.all(this.#pending);
    clearTimer(this.#dependencies.clock, this.#timer);
  }

  /** What it still has is left to other workers: its leases are no longer renewed, and its outcomes come too late. */
  abandon(): void {
    clearTimer(this.#dependencies.clock, this.#timer);
    this.#inProgress.clear();
  }

  #pull(): PullLoop {
    return new PullLoop({
      ...this.#dependencies,
      inProgress: () => this.#inProgress.size,
      take: (message) => this.#take(message),
    });
  }

  #take(raw: Msg): void {
    const { requests, clock, lease, failed } = this.#dependencies;
    const message = new StreamMessage(raw, requests, this.#dependencies);
    this.#inProgress.set(message, clock.now() + lease * (1 - TRANSIT));
    if (this.isOpen) this.#timer ??= setTimer(clock, this.#keepLeases, lease / 3);
    const over = () => {
      this.#pending.delete(pending);
      this.#leave(message);
    };
    const pending = this.#run(message).then(over, (error) => {
      failed(error);
      over();
    });
    this.#pending.add(pending);
  }

  /** There is room for another one. */
  #leave(message: StreamMessage): void {
    this.#lose.delete(message);
    if (this.#inProgress.delete(message)) this.#loop?.ask();
  }

  async #run(message: StreamMessage): Promise<void> {
    const { keys, clock, concurrency } = this.#dependencies;
    // It arrived after a pause or a stop, or was requested twice because the connection was lost.
    if (!this.isOpen || this.#inProgress.size > concurrency) return this.#giveBack(message, 0);
    const { id, handler, expires } = message.facts;
    const attempt =
      message.deliveries - (message.deliveries > 1 ? await keys.uncounted(message) : 0);
    const outcome = this.#work({
      id,
      handler,
      body: message.body,
      attempt,
      expired: expires !== undefined && expires <= Date.now(),
      // A message has no status here.
      progress: () => undefined,
      log: () => undefined,
      onLost: (lost) => void this.#lose.set(message, lost),
    });
    const settled = outcome instanceof Promise ? await outcome : outcome;
    if (clock.now() > (this.#inProgress.get(message) ?? 0)) {
      throw new Error(
        `the message ${id} took longer than its lease: another worker may have it by now`,
      );
    }
    const stored = this.#settle(message, attempt, settled);
    // While that is being stored.
    this.#leave(message);
    await stored;
  }

  #settle(message: StreamMessage, attempt: number, outcome: Outcome): unknown {
    switch (outcome.type) {
      case 'done':
        return message.acknowledge();
      case 'retry':
        return message.redeliver(outcome.after);
      case 'goBack':
        return this.#giveBack(message, outcome.after);
      case 'giveUp':
        return this.#giveUp(message, attempt, outcome);
    }
  }

  async #giveUp(
    message: StreamMessage,
    attempt: number,
    { reason, failure }: Extract<Outcome, { readonly type: 'giveUp' }>,
  ): Promise<void> {
    await this.#dependencies.deadLetters.add(message, attempt, reason, failure);
    await message.acknowledge();
  }

  /** The server counts each delivery, so that this one was no attempt is stored first. */
  async #giveBack(message: StreamMessage, after: number): Promise<void> {
    await this.#dependencies.keys.discount(message);
    message.redeliver(after);
  }

  /** A worker that waits for messages needs no timer. */
  readonly #keepLeases = (): void => {
    const { clock, lease, failed } = this.#dependencies;
    const now = clock.now();
    const own = [...this.#inProgress]
      .filter(([, until]) => now <= until)
      .map(([message]) => message);
    if (own.length > 0) this.#extend(own).catch(failed);
    for (const [message, until] of this.#inProgress) if (now > until) this.#lost(message);
    this.#timer =
      this.#inProgress.size > 0 ? setTimer(clock, this.#keepLeases, lease / 3) : undefined;
  };

  #lost(message: StreamMessage): void {
    this.#lose.get(message)?.();
    this.#lose.delete(message);
  }

  /**
   * The server does not answer `+WPI`, but has processed it once it answers the ping that follows. If the answer comes after the end of a
   * lease, that lease is not extended: another worker may have the message, and the server would still accept an outcome from this one.
   */
  async #extend(messages: readonly StreamMessage[]): Promise<void> {
    const { clock, lease, connection } = this.#dependencies;
    const until = clock.now() + lease;
    for (const message of messages) message.extendLease();
    await connection.flush();
    const now = clock.now();
    for (const message of messages)
      if (now <= (this.#inProgress.get(message) ?? 0)) this.#inProgress.set(message, until);
  }
}
