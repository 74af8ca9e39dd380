/** Asks a durable consumer for as many messages as there is room for, and for no more. */
import { type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/transport-node';
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import { newInbox } from './inbox.js';
import { NOBODY } from './requests.js';
import { statusOf } from './stream-message.js';

/** Where the messages come from. */
export interface PullSource {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  readonly stream: string;
  /** The name of the durable consumer. */
  readonly consumer: string;
  /** Resolves when the queue is closed, whether the server answers or not. */
  readonly closed: Promise<void>;
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

/** By how many milliseconds a timer may ring too early. */
const EARLY = 10;

/** Status codes of the server. */
const HEARTBEAT = 100;
const NO_MESSAGES = 404;
const REQUEST_TIMEOUT = 408;

/** How many checks one after another may find nobody who listens before that is reported. */
const ELECTION_CHECKS = 10;

export class PullLoop {
  readonly #options: PullLoopOptions;
  readonly #inbox: string;
  readonly #subject: string;
  readonly #subscription: Subscription;
  /** The server answers the oldest first. */
  #requests: PullRequest[] = [];
  /** One after another. */
  #refusals = 0;
  #timer: unknown;
  #isClosed = false;

  constructor(options: PullLoopOptions) {
    this.#options = options;
    this.#inbox = newInbox(options.connection);
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

  /** Requests nothing more, and resolves once no message can come any more, or the queue is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimer(this.#options.clock, this.#timer);
    const { connection, closed } = this.#options;
    if (connection.isClosed()) return;
    // It fails when the connection ends before.
    const drained = this.#subscription.drain().catch(() => undefined);
    await Promise.race([drained, connection.closed(), closed]);
  }

  #receive(message: Msg): void {
    const status = statusOf(message);
    const { code = 0, description = '' } = status ?? {};
    if (code === 0) {
      this.#answered(1);
      this.#refusals = 0;
      this.#options.take(message);
    } else if (code === REQUEST_TIMEOUT || code === NO_MESSAGES) {
      this.#answered(Number(status?.get('Nats-Pending-Messages') ?? 0));
      this.#refusals = 0;
      this.ask();
    } else if (code !== HEARTBEAT) this.#refused(code, description);
  }

  /** The next check asks again: to do so at once would fail the same way. */
  #refused(code: number, description: string): void {
    this.#requests = [];
    // While a leader is elected nobody listens, and the old one says so: that is no trouble.
    if (/leadership change|server shutdown/i.test(description)) return;
    this.#refusals += 1;
    if (this.#refusals !== (code === NOBODY ? ELECTION_CHECKS : 1)) return;
    this.#options.failed(
      new Error(`the server does not give out messages: ${code} ${description}`),
    );
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
    this.#timer = setTimer(clock, () => this.#check(), untilNextCheck(clock.now()));
  }
}

/** All loops check at the same times, so that many idle queues wake their process once and not each on its own. A timer may ring a little early. */
function untilNextCheck(now: number): number {
  const left = CHECK - (now % CHECK);
  return left < EARLY ? left + CHECK : left;
}
