/** Asks the server and waits for its answers: by one subscription and one timer for all, where the client makes a timer and an error for each. */
import {
  type Msg,
  type NatsConnection,
  NoRespondersError,
  type Subscription,
  TimeoutError,
} from '@nats-io/transport-node';
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import { newInbox } from './inbox.js';

/** Milliseconds between two looks for requests whose time is over. */
const LOOK = 100;

/** The status of the server when nobody listens. */
export const NOBODY = 503;

interface Request {
  readonly subject: string;
  readonly until: number;
  resolve(answer: Msg): void;
  reject(error: unknown): void;
}

export class Requests {
  readonly #connection: NatsConnection;
  readonly #clock: Clock;
  readonly #inbox: string;
  /** By the last word of the subject of the answer. */
  readonly #unanswered = new Map<string, Request>();
  #subscription: Subscription | undefined;
  #count = 0;
  #timer: unknown;
  #isClosed = false;

  constructor(connection: NatsConnection, clock: Clock) {
    this.#connection = connection;
    this.#inbox = `${newInbox(connection)}.`;
    this.#clock = clock;
  }

  /** Rejects when nobody listens, or no answer has come within so many milliseconds. */
  ask(subject: string, payload: string | Uint8Array, timeout: number): Promise<Msg> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw closedError();
      this.#listen();
      this.#count += 1;
      const name = this.#count.toString(36);
      this.#connection.publish(subject, payload, { reply: `${this.#inbox}${name}` });
      const until = this.#clock.now() + timeout;
      this.#unanswered.set(name, { subject, until, resolve, reject });
      this.#timer ??= setTimer(this.#clock, this.#look, LOOK);
    });
  }

  /** What waits rejects, and whatever is asked from now on. */
  close(): void {
    this.#isClosed = true;
    clearTimer(this.#clock, this.#timer);
    this.#timer = undefined;
    this.#subscription?.unsubscribe();
    this.#rejectAll(closedError());
  }

  #listen(): void {
    if (this.#subscription !== undefined) return;
    this.#subscription = this.#connection.subscribe(`${this.#inbox}*`, {
      callback: (error, answer) => {
        if (error === null) this.#answered(answer);
        else this.#rejectAll(error);
      },
    });
    void this.#connection
      .closed()
      .then((error) => this.#rejectAll(error ?? new Error('the connection was closed')));
  }

  #answered(answer: Msg): void {
    const name = answer.subject.slice(this.#inbox.length);
    const request = this.#unanswered.get(name);
    // Its time was over.
    if (request === undefined) return;
    this.#unanswered.delete(name);
    if (answer.data.length === 0 && answer.headers?.code === NOBODY)
      request.reject(new NoRespondersError(request.subject));
    else request.resolve(answer);
  }

  readonly #look = (): void => {
    const now = this.#clock.now();
    for (const [name, { until, reject }] of this.#unanswered) {
      if (until > now) continue;
      this.#unanswered.delete(name);
      reject(new TimeoutError());
    }
    this.#timer = this.#unanswered.size > 0 ? setTimer(this.#clock, this.#look, LOOK) : undefined;
  };

  #rejectAll(error: Error): void {
    const unanswered = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const { reject } of unanswered) reject(error);
  }
}

function closedError(): Error {
  return new Error('the queue was closed before the server answered');
}
