/** Asks a durable consumer for as many messages as there is room for, and for no more. */
import {
  createInbox,
  type Msg,
  type NatsConnection,
  nanos,
  type Subscription,
} from '@nats-io/transport-node';
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';

/** Where the messages come from, and where they go. */
export interface Pull {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  readonly stream: string;
  readonly consumer: string;
  /** What is asked for while the connection is lost would be asked for twice. */
  isConnected(): boolean;
  /** How many may be in work at once. */
  readonly most: number;
  /** How many are. */
  busy(): number;
  take(message: Msg): void;
  failed(error: unknown): void;
}

/** Milliseconds that a request waits at the server. */
const WAIT = 10_000;

/** Milliseconds between two looks whether a request was forgotten: by a server that has become another's follower, for one. */
const CHECK = 1000;

export class PullLoop {
  readonly #pull: Pull;
  readonly #inbox = createInbox();
  readonly #subject: string;
  readonly #subscription: Subscription;
  /** How many messages each request may still bring; the server answers the oldest first. */
  #asked: { count: number; readonly at: number }[] = [];
  #timer: unknown;
  #closed = false;

  constructor(pull: Pull) {
    this.#pull = pull;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${pull.stream}.${pull.consumer}`;
    this.#subscription = pull.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#came(message);
        else this.#pull.failed(error);
      },
    });
    this.#check();
  }

  /** There may be room. */
  ask(): void {
    const { connection, clock, most } = this.#pull;
    if (this.#closed || !this.#pull.isConnected()) return;
    const asked = this.#asked.reduce((sum, { count }) => sum + count, 0);
    const count = most - this.#pull.busy() - asked;
    // While something may come, a request for each place that gets free would be too many.
    if (count <= 0 || (asked > 0 && count < most / 4)) return;
    this.#asked.push({ count, at: clock.now() });
    const request = JSON.stringify({ batch: count, expires: nanos(WAIT) });
    connection.publish(this.#subject, request, { reply: this.#inbox });
  }

  /** The server knows nothing of what was asked for: the connection is a new one. */
  renew(): void {
    this.#asked = [];
    this.ask();
  }

  /** Asks for nothing more, and resolves once nothing can come any more, or the connection is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimer(this.#pull.clock, this.#timer);
    const { connection } = this.#pull;
    if (!connection.isClosed())
      await Promise.race([this.#subscription.drain(), connection.closed()]);
  }

  #came(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 0) {
      this.#answered(1);
      this.#pull.take(message);
    } else if (code === 408 || code === 404) {
      this.#answered(Number(message.headers?.get('Nats-Pending-Messages') ?? 0));
      this.ask();
    } else if (code !== 100) {
      this.#pull.failed(
        new Error(
          `the server does not give out messages: ${code} ${message.headers?.description ?? ''}`,
        ),
      );
      // The next look asks again: at once would be in vain.
      this.#asked = [];
    }
  }

  #answered(count: number): void {
    for (let left = count; left > 0; ) {
      const [oldest] = this.#asked;
      if (oldest === undefined) return;
      const taken = Math.min(left, oldest.count);
      oldest.count -= taken;
      left -= taken;
      if (oldest.count === 0) this.#asked.shift();
    }
  }

  #check(): void {
    const { clock } = this.#pull;
    this.#asked = this.#asked.filter(({ at }) => clock.now() - at < WAIT + 2 * CHECK);
    this.ask();
    this.#timer = setTimer(clock, () => this.#check(), CHECK);
  }
}
