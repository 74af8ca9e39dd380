/** One named queue in memory: what waits, in which order it comes out, and what became of it. */
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import type { MessageStatus, OnRetry, Outcome, QueueCounts } from '../queue-provider.js';
import { DeadLetterList } from './dead-letter-list.js';
import { DueHeap } from './due-heap.js';
import { Fifo } from './fifo.js';
import type { MemoryMessage } from './memory-message.js';
import { RememberedKeys } from './remembered-keys.js';

/** The messages of one ordering key: one of them at a time is out, or waits to be tried again. */
interface Lane {
  head: MemoryMessage;
  readonly followers: Fifo<MemoryMessage>;
}

/** So many messages that are done can still be asked for. */
const REMEMBERED = 1000;

/** Plain messages go through one list; priorities, ordering keys and delays have structures of their own, made when they are needed. */
export class MessageStore {
  /** Calls back when something has become due. */
  onDue: (() => void) | undefined;
  readonly dedup: RememberedKeys;
  readonly inbox: RememberedKeys;
  readonly deadLetters: DeadLetterList;
  /** In milliseconds since 1970 UTC. */
  readonly madeAt = Date.now();
  readonly #plain = new Fifo<MemoryMessage>();
  /** By priority, the highest first; the plain list stands for 0. */
  #levels: [priority: number, list: Fifo<MemoryMessage>][] | undefined;
  readonly #lanes = new Map<string, Lane>();
  readonly #delayed = new DueHeap<MemoryMessage>();
  #parked: MemoryMessage[] = [];
  readonly #named = new Map<string, MemoryMessage>();
  readonly #finished = new Fifo<string>();
  #timer: unknown;
  #timerDue = 0;
  #waiting = 0;
  #active = 0;

  constructor(
    readonly queueName: string,
    readonly source: string,
    readonly clock: Clock,
    private readonly onRetry: OnRetry,
    deadLetters: number,
  ) {
    this.dedup = new RememberedKeys(clock);
    this.inbox = new RememberedKeys(clock);
    this.deadLetters = new DeadLetterList(deadLetters);
  }

  /** What has been accepted and is not in work. */
  get size(): number {
    return this.#waiting + this.#delayed.size + this.#parked.length;
  }

  /** What could be taken now. */
  get due(): number {
    return this.#waiting;
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined;
  }

  get counts(): QueueCounts {
    return {
      waiting: this.#waiting + this.#parked.length,
      delayed: this.#delayed.size,
      active: this.#active,
      dead: this.deadLetters.size,
    };
  }

  push(message: MemoryMessage, delay = 0): void {
    if (delay > 0) this.#delay(message, delay);
    else this.#line(message);
  }

  /** The next message, in work from now on. */
  take(): MemoryMessage | undefined {
    for (;;) {
      const message = this.#levels === undefined ? this.#plain.shift() : this.#highest();
      if (message === undefined) return undefined;
      const key = message.extras?.orderingKey;
      if (key !== undefined && !this.#enter(key, message)) continue;
      this.#waiting -= 1;
      this.#active += 1;
      message.attempt += 1;
      message.state = 'active';
      return message;
    }
  }

  /** What became of a message in work. */
  settle(message: MemoryMessage, outcome: Outcome): void {
    this.#active -= 1;
    switch (outcome.type) {
      case 'done':
        message.state = 'done';
        if (message.hasId) this.#remember(message.id);
        break;
      case 'retry':
        message.ensureExtras().failure = outcome.failure;
        if (this.onRetry === 'pass') this.#leave(message);
        this.push(message, outcome.after);
        return;
      case 'giveUp':
        this.bury(message, outcome);
        break;
      default:
        this.#goBack(message, outcome.after);
        return;
    }
    this.#leave(message);
  }

  /** Takes what is due out of the waiting room. */
  promote(): void {
    if (this.#delayed.size === 0) return;
    const now = this.clock.now();
    for (
      let message = this.#delayed.take(now);
      message !== undefined;
      message = this.#delayed.take(now)
    )
      this.#line(message);
    this.#watch();
  }

  /** Lets the messages that waited for a handler try again, before the others. */
  unpark(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const message of parked.reverse()) this.#line(message, 'front');
  }

  /** Gives the message a place among the dead letters. */
  bury(message: MemoryMessage, { reason, failure }: Extract<Outcome, { type: 'giveUp' }>): void {
    message.state = 'dead';
    message.ensureExtras().failure = failure;
    this.deadLetters.add({ message, reason, failure, diedAt: Date.now() });
  }

  /** The oldest message, taken out to make room. */
  dropOldest(): MemoryMessage | undefined {
    const message = this.#levels === undefined ? this.#plain.shift() : this.#highest();
    if (message === undefined) return undefined;
    this.#waiting -= 1;
    this.#forget(message, 'cancelled');
    return message;
  }

  /** From now on the message is found by that id. */
  name(id: string, message: MemoryMessage): void {
    this.#named.set(id, message);
    if (message.state === 'done') this.#remember(id);
  }

  cancel(id: string): boolean {
    const message = this.#named.get(id);
    if (message === undefined || !this.#takeOut(message)) return false;
    this.#forget(message, 'cancelled');
    this.#leave(message);
    return true;
  }

  reschedule(id: string, delay: number): boolean {
    const message = this.#named.get(id);
    if (message === undefined || !this.#takeOut(message)) return false;
    this.push(message, delay);
    return true;
  }

  status(id: string): MessageStatus | undefined {
    const message = this.#named.get(id);
    if (message === undefined || message.state === 'cancelled') return undefined;
    const { state, attempt, extras } = message;
    const { progress = 0, log = [], failure } = extras ?? {};
    return { state, attempt, progress: state === 'done' ? 1 : progress, log: [...log], failure };
  }

  /** Lets go of everything. */
  close(): void {
    if (this.#timer !== undefined) clearTimer(this.clock, this.#timer);
    this.#timer = undefined;
    this.onDue = undefined;
  }

  #line(message: MemoryMessage, end: 'front' | 'back' = 'back'): void {
    message.state = 'waiting';
    this.#waiting += 1;
    const list = this.#listOf(message.extras?.priority ?? 0);
    if (end === 'back') list.push(message);
    else list.unshift(message);
  }

  #delay(message: MemoryMessage, delay: number): void {
    message.state = 'delayed';
    this.#delayed.add(message, this.clock.now() + delay);
    this.#watch();
  }

  #goBack(message: MemoryMessage, after: number): void {
    message.attempt -= 1;
    if (after === Number.POSITIVE_INFINITY) {
      message.state = 'waiting';
      this.#parked.push(message);
    } else if (after > 0) this.#delay(message, after);
    else this.#line(message, 'front');
  }

  #listOf(priority: number): Fifo<MemoryMessage> {
    if (priority === 0) return this.#plain;
    this.#levels ??= [[0, this.#plain]];
    let level = this.#levels.find(([own]) => own === priority);
    if (level === undefined) {
      level = [priority, new Fifo()];
      this.#levels = [...this.#levels, level].sort(([a], [b]) => b - a);
    }
    return level[1];
  }

  #highest(): MemoryMessage | undefined {
    for (const [, list] of this.#levels ?? []) {
      const message = list.shift();
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Whether it is the message's turn within its key; otherwise it waits there. */
  #enter(key: string, message: MemoryMessage): boolean {
    const lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, { head: message, followers: new Fifo() });
    else if (lane.head !== message) {
      lane.followers.push(message);
      return false;
    }
    return true;
  }

  /** The next of its key comes out before everything else. */
  #leave(message: MemoryMessage): void {
    const key = message.extras?.orderingKey;
    const lane = key === undefined ? undefined : this.#lanes.get(key);
    if (lane?.head !== message) return;
    const next = lane.followers.shift();
    if (next === undefined) this.#lanes.delete(key as string);
    else {
      lane.head = next;
      this.#listOf(next.extras?.priority ?? 0).unshift(next);
    }
  }

  #takeOut(message: MemoryMessage): boolean {
    if (message.state === 'delayed') return this.#delayed.remove(message);
    if (message.state !== 'waiting') return false;
    const before = this.#parked.length;
    this.#parked = this.#parked.filter((other) => other !== message);
    if (this.#parked.length < before) return true;
    const isIt = (other: MemoryMessage) => other === message;
    const lane = this.#lanes.get(message.extras?.orderingKey ?? '');
    if (this.#listOf(message.extras?.priority ?? 0).remove(isIt).length === 0)
      lane?.followers.remove(isIt);
    this.#waiting -= 1;
    return true;
  }

  #forget(message: MemoryMessage, state: 'cancelled'): void {
    message.state = state;
    if (message.hasId) this.#named.delete(message.id);
  }

  #remember(id: string): void {
    this.#finished.push(id);
    if (this.#finished.size > REMEMBERED) this.#named.delete(this.#finished.shift() as string);
  }

  /** One timer, for the earliest; none in a queue that is looked at by hand. */
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
