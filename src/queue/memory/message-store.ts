/** The messages of one queue in memory: what waits, what is delayed or in progress, and what became of it. */
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import type {
  DeadLetterFilter,
  MessageStatus,
  OnRetry,
  Outcome,
  QueueCounts,
} from '../queue-provider.js';
import { DeadLetterList } from './dead-letter-list.js';
import { DueHeap } from './due-heap.js';
import { Fifo } from './fifo.js';
import type { MemoryMessage, MessageOwner } from './memory-message.js';
import { ParkedMessages } from './parked-messages.js';
import { ReadyMessages } from './ready-messages.js';
import { RememberedKeys } from './remembered-keys.js';

/** How many finished messages still have a status. */
const REMEMBERED = 1000;

/** What a store needs to know. */
export interface MessageStoreOptions {
  readonly queueName: string;
  /** The CloudEvents source of its messages. */
  readonly source: string;
  readonly clock: Clock;
  readonly onRetry: OnRetry;
  /** How many dead letters are kept. */
  readonly deadLetters: number;
}

/** One timer for all delayed messages; ids are known only of messages whose id was asked for. */
export class MessageStore implements MessageOwner {
  readonly queueName: string;
  readonly source: string;
  readonly clock: Clock;
  readonly madeAt = Date.now();
  /** Called when a delayed message has become due. Without it, as in a manual queue, there is no timer. */
  onDue: (() => void) | undefined;
  readonly dedup: RememberedKeys;
  readonly inbox: RememberedKeys;
  readonly deadLetters: DeadLetterList;
  readonly ready = new ReadyMessages();
  readonly #onRetry: OnRetry;
  readonly #delayed = new DueHeap<MemoryMessage>();
  /** Without a living handler. */
  readonly parked = new ParkedMessages();
  readonly #byId = new Map<string, MemoryMessage>();
  readonly #finished = new Fifo<string>();
  #timer: unknown;
  #timerDue = 0;
  #active = 0;

  constructor({ queueName, source, clock, onRetry, deadLetters }: MessageStoreOptions) {
    this.queueName = queueName;
    this.source = source;
    this.clock = clock;
    this.#onRetry = onRetry;
    this.dedup = new RememberedKeys(clock);
    this.inbox = new RememberedKeys(clock);
    this.deadLetters = new DeadLetterList(deadLetters);
  }

  /** How many have been accepted and are not in progress. */
  get size(): number {
    return this.ready.size + this.#delayed.size + this.parked.size;
  }

  /** How many could be taken now. */
  get due(): number {
    return this.ready.size;
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined;
  }

  get counts(): QueueCounts {
    return {
      waiting: this.ready.size + this.parked.size,
      delayed: this.#delayed.size,
      active: this.#active,
      dead: this.deadLetters.size,
    };
  }

  push(message: MemoryMessage, delay = 0): void {
    if (delay > 0) this.#delay(message, delay);
    else this.#enqueue(message);
  }

  /** The next message; it is in progress from now on. */
  take(): MemoryMessage | undefined {
    const message = this.ready.take();
    if (message === undefined) return undefined;
    this.#active += 1;
    message.attempt += 1;
    message.state = 'active';
    return message;
  }

  /** Stores the outcome of a message in progress, or of one that was parked. */
  settle(message: MemoryMessage, outcome: Outcome): void {
    // One that was parked too long was never in progress.
    if (message.state === 'active') this.#active -= 1;
    switch (outcome.type) {
      case 'done':
        message.state = 'done';
        message.letGo();
        if (message.hasId) this.#remember(message.id);
        break;
      case 'retry':
        Object.assign(message.ensureExtras(), { failure: outcome.failure, parkedAt: undefined });
        if (this.#onRetry === 'pass') this.ready.release(message);
        this.push(message, outcome.after);
        return;
      case 'giveUp':
        this.#bury(message, outcome);
        break;
      default:
        this.#goBack(message, outcome);
        return;
    }
    this.ready.release(message);
  }

  /** Moves the delayed messages that are due to those that can be taken. */
  promote(): void {
    if (this.#delayed.size === 0) return;
    const now = this.clock.now();
    for (
      let message = this.#delayed.take(now);
      message !== undefined;
      message = this.#delayed.take(now)
    )
      this.#enqueue(message);
    this.#watch();
  }

  /** A handler was added: the messages that waited for one come first. */
  unpark(): void {
    for (const message of this.parked.takeAll().reverse()) this.#enqueue(message, 'front');
  }

  /** Removes the oldest message to make room. */
  dropOldest(): MemoryMessage | undefined {
    const message = this.ready.drop();
    if (message === undefined) return undefined;
    this.#cancelled(message);
    this.ready.release(message);
    return message;
  }

  /** Deletes dead letters; returns how many. */
  dropDeadLetters(filter: DeadLetterFilter): number {
    const dropped = this.deadLetters.take(filter);
    for (const { message } of dropped) this.#forget(message);
    return dropped.length;
  }

  name(id: string, message: MemoryMessage): void {
    this.#byId.set(id, message);
    if (message.state === 'done') this.#remember(id);
  }

  cancel(id: string): boolean {
    const message = this.#byId.get(id);
    if (message === undefined || !this.#takeOut(message)) return false;
    this.#cancelled(message);
    this.ready.release(message);
    return true;
  }

  reschedule(id: string, delay: number): boolean {
    const message = this.#byId.get(id);
    if (message === undefined || !this.#takeOut(message)) return false;
    this.push(message, delay);
    return true;
  }

  status(id: string): MessageStatus | undefined {
    const message = this.#byId.get(id);
    if (message === undefined || message.state === 'cancelled') return undefined;
    const { state, attempt, extras } = message;
    const { progress = 0, log = [], failure } = extras ?? {};
    return { state, attempt, progress: state === 'done' ? 1 : progress, log: [...log], failure };
  }

  /** Cancels the timer; {@link onDue} is not called any more. */
  close(): void {
    if (this.#timer !== undefined) clearTimer(this.clock, this.#timer);
    this.#timer = undefined;
    this.onDue = undefined;
  }

  #enqueue(message: MemoryMessage, end: 'front' | 'back' = 'back'): void {
    message.state = 'waiting';
    this.ready.add(message, end);
  }

  #delay(message: MemoryMessage, delay: number): void {
    message.state = 'delayed';
    this.#delayed.add(message, this.clock.now() + delay);
    this.#watch();
  }

  #bury(message: MemoryMessage, { reason, failure }: Extract<Outcome, { type: 'giveUp' }>): void {
    message.state = 'dead';
    Object.assign(message.ensureExtras(), { failure, parkedAt: undefined });
    const dropped = this.deadLetters.add({ message, reason, failure, diedAt: Date.now() });
    if (dropped !== undefined) this.#forget(dropped.message);
  }

  #goBack(message: MemoryMessage, { after, letsPass }: Extract<Outcome, { type: 'goBack' }>): void {
    message.attempt -= 1;
    if (letsPass === true) this.ready.release(message);
    if (after === Number.POSITIVE_INFINITY) {
      message.state = 'waiting';
      this.parked.add(message, this.clock.now());
      // Others of its ordering key may have a handler.
      this.ready.release(message);
    } else if (after > 0) this.#delay(message, after);
    else this.#enqueue(message, 'front');
  }

  /** Whether the message was waiting or delayed. */
  #takeOut(message: MemoryMessage): boolean {
    if (message.state === 'delayed') return this.#delayed.remove(message);
    if (message.state !== 'waiting') return false;
    if (!this.parked.remove(message)) this.ready.remove(message);
    return true;
  }

  #cancelled(message: MemoryMessage): void {
    message.state = 'cancelled';
    this.#forget(message);
  }

  /** Its id leads to it no longer. */
  #forget(message: MemoryMessage): void {
    if (message.hasId) this.#byId.delete(message.id);
  }

  #remember(id: string): void {
    this.#finished.push(id);
    if (this.#finished.size > REMEMBERED) this.#byId.delete(this.#finished.shift() as string);
  }

  #watch(): void {
    const due = this.#delayed.next;
    if (this.onDue === undefined || due === undefined) return;
    if (this.#timer !== undefined) {
      if (this.#timerDue <= due) return;
      clearTimer(this.clock, this.#timer);
    }
    this.#timerDue = due;
    this.#timer = setTimer(
      this.clock,
      () => {
        this.#timer = undefined;
        this.promote();
        this.onDue?.();
      },
      Math.max(0, due - this.clock.now()),
    );
  }
}
