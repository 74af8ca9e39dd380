/** Asks a durable consumer for as many messages as there is room for, and for no more. */
import {
  createInbox,
  type Msg,
  type NatsConnection,
  nanos,
  type Subscription,
} from '@nats-io/transport-node';
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';

/** Where the messages come from. */
export interface PullSource {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  readonly stream: string;
  /** The name of the durable consumer. */
  readonly consumer: string;
  /** While the connection is lost nothing is requested: it would be requested again after the reconnect. */
  isConnected(): boolean;
  /** Receives errors that no caller waits for. */
  failed(error: unknown): void;
}

/** What a loop works with. */
interface PullLoopOptions extends PullSource {
  /** How many messages may be in progress at once. */
  readonly concurrency: number;
  inProgress(): number;
  take(message: Msg): void;
}

interface PullRequest {
  /** How many messages it may still bring. */
  count: number;
  readonly at: number;
}

/** Milliseconds for which a request waits at the server. */
const WAIT = 10_000;

/** Milliseconds between two checks for lost requests; a server that stops being the stream's leader forgets them. */
const CHECK = 1000;

export class PullLoop {
  readonly #options: PullLoopOptions;
  readonly #inbox = createInbox();
  readonly #subject: string;
  readonly #subscription: Subscription;
  /** The server answers the oldest first. */
  #requests: PullRequest[] = [];
  #timer: unknown;
  #isClosed = false;

  constructor(options: PullLoopOptions) {
    this.#options = options;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    this.#subscription = options.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#receive(message);
        else this.#options.failed(error);
      },
    });
    this.#check();
  }

  /** There may be room. */
  ask(): void {
    const { connection, clock, concurrency } = this.#options;
    if (this.#isClosed || !this.#options.isConnected()) return;
    const requested = this.#requests.reduce((sum, { count }) => sum + count, 0);
    const count = concurrency - this.#options.inProgress() - requested;
    // While messages may still come, a request for each single place would be too many requests.
    if (count <= 0 || (requested > 0 && count < concurrency / 4)) return;
    this.#requests.push({ count, at: clock.now() });
    const request = JSON.stringify({ batch: count, expires: nanos(WAIT) });
    connection.publish(this.#subject, request, { reply: this.#inbox });
  }

  /** The client has reconnected: the server no longer knows the requests. */
  renew(): void {
    this.#requests = [];
    this.ask();
  }

  /** Requests nothing more, and resolves once no message can come any more, or the connection is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimer(this.#options.clock, this.#timer);
    const { connection } = this.#options;
    if (!connection.isClosed())
      await Promise.race([this.#subscription.drain(), connection.closed()]);
  }

  #receive(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 0) {
      this.#answered(1);
      this.#options.take(message);
    } else if (code === 408 || code === 404) {
      this.#answered(Number(message.headers?.get('Nats-Pending-Messages') ?? 0));
      this.ask();
    } else if (code !== 100) {
      const { description = '' } = message.headers ?? {};
      this.#options.failed(
        new Error(`the server does not give out messages: ${code} ${description}`),
      );
      // The next check asks again: to do so at once would fail the same way.
      this.#requests = [];
    }
  }

  #answered(count: number): void {
    for (let left = count; left > 0; ) {
      const [oldest] = this.#requests;
      if (oldest === undefined) return;
      const answered = Math.min(left, oldest.count);
      oldest.count -= answered;
      left -= answered;
      if (oldest.count === 0) this.#requests.shift();
    }
  }

  #check(): void {
    const { clock } = this.#options;
    this.#requests = this.#requests.filter(({ at }) => clock.now() - at < WAIT + 2 * CHECK);
    this.ask();
    this.#timer = setTimer(clock, () => this.#check(), CHECK);
  }
}
