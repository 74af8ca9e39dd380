/** A worker of a queue in JetStream. */
import type { Msg } from '@nats-io/transport-node';
import { clearTimer, setTimer } from '../../dispatch/clock.js';
import type { Consumption, Outcome, Work } from '../../queue/queue-provider.js';
import type { KeyStore } from './key-store.js';
import type { NatsDeadLetters } from './nats-dead-letters.js';
import { type Pull, PullLoop } from './pull-loop.js';
import { StreamMessage } from './stream-message.js';

/** What a worker needs of its queue. */
export interface WorkerDependencies extends Omit<Pull, 'most' | 'busy' | 'take'> {
  readonly keys: KeyStore;
  readonly letters: NatsDeadLetters;
  readonly concurrency: number;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds. */
  readonly patience: number;
}

/** The part of a lease that may be over when a message arrives: the server counts from when it sent it. */
const ON_ITS_WAY = 0.1;

export class StreamWorker implements Consumption {
  readonly #shop: WorkerDependencies;
  readonly #work: Work;
  /** What is in work, and until when it surely is nobody else's. */
  readonly #busy = new Map<StreamMessage, number>();
  readonly #settling = new Set<Promise<void>>();
  #loop: PullLoop | undefined;
  #state: 'open' | 'paused' | 'stopped' = 'open';
  #timer: unknown;
  #stopped: Promise<void> | undefined;

  constructor(shop: WorkerDependencies, work: Work) {
    this.#shop = shop;
    this.#work = work;
    this.#loop = this.#pull();
    this.#keepLeases();
  }

  pause(): void {
    if (this.#state !== 'open') return;
    this.#state = 'paused';
    this.#loop?.close().catch(this.#shop.failed);
    this.#loop = undefined;
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'open';
    this.#loop = this.#pull();
  }

  /** The connection is a new one. */
  renew(): void {
    this.#loop?.renew();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#loop?.close();
    await Promise.all(this.#settling);
    clearTimer(this.#shop.clock, this.#timer);
  }

  #pull(): PullLoop {
    const busy = () => this.#busy.size;
    return new PullLoop({
      ...this.#shop,
      most: this.#shop.concurrency,
      busy,
      take: (message) => this.#take(message),
    });
  }

  #take(raw: Msg): void {
    const { connection, patience, failed } = this.#shop;
    const message = new StreamMessage(raw, connection, patience);
    this.#busy.set(message, this.#shop.clock.now() + this.#shop.lease * (1 - ON_ITS_WAY));
    const over = () => {
      this.#busy.delete(message);
      this.#settling.delete(settling);
      this.#loop?.ask();
    };
    const settling = this.#run(message).catch(failed).then(over);
    this.#settling.add(settling);
  }

  async #run(message: StreamMessage): Promise<void> {
    // What was on its way when this worker was told to rest, or asked twice because of a connection that was lost.
    if (this.#state !== 'open' || this.#busy.size > this.#shop.concurrency)
      return this.#giveBack(message, 0);
    const { id, handler, expires } = message.facts;
    const attempt =
      message.deliveries - (message.deliveries > 1 ? await this.#shop.keys.uncounted(message) : 0);
    const outcome = await this.#work({
      id,
      handler,
      body: message.body,
      attempt,
      expired: expires !== undefined && expires <= Date.now(),
      // Nobody could be told: a message has no status here.
      progress: () => undefined,
      log: () => undefined,
    });
    if (this.#shop.clock.now() > (this.#busy.get(message) ?? 0)) {
      throw new Error(
        `the message ${id} was in work for longer than its lease, and is somebody else's by now`,
      );
    }
    const settled = this.#settle(message, attempt, outcome);
    // What is done makes room while that is being stored.
    this.#busy.delete(message);
    this.#loop?.ask();
    await settled;
  }

  async #settle(message: StreamMessage, attempt: number, outcome: Outcome): Promise<void> {
    switch (outcome.type) {
      case 'done':
        return message.done();
      case 'retry':
        return message.again(outcome.after);
      case 'goBack':
        return this.#giveBack(message, outcome.after);
      case 'giveUp':
        await this.#shop.letters.add(message, attempt, outcome.reason, outcome.failure);
        return message.done();
    }
  }

  /** The server counts what it gives out: that this time was no attempt is remembered first. */
  async #giveBack(message: StreamMessage, after: number): Promise<void> {
    await this.#shop.keys.discount(message);
    message.again(after);
  }

  #keepLeases(): void {
    const { clock, lease, failed } = this.#shop;
    const now = clock.now();
    const kept = [...this.#busy].filter(([, until]) => now <= until).map(([message]) => message);
    if (kept.length > 0) this.#extend(kept).catch(failed);
    this.#timer = setTimer(clock, () => this.#keepLeases(), lease / 3);
  }

  /**
   * The server says nothing to that: once it has answered what was said after it, it has heard it. An answer that comes when the time is over
   * renews nothing: the server would take what this worker says of the message, though another has it by now.
   */
  async #extend(messages: readonly StreamMessage[]): Promise<void> {
    const { clock, lease, connection } = this.#shop;
    const until = clock.now() + lease;
    for (const message of messages) message.working();
    await connection.flush();
    const now = clock.now();
    for (const message of messages)
      if (now <= (this.#busy.get(message) ?? 0)) this.#busy.set(message, until);
  }
}
