/** Watches an application, and writes down what is sent and handled. */
import { eventName } from '../../../decorators/event-key.js';
import type { Application } from '../../application/application.js';
import { addInterceptor } from '../../dispatch/add-interceptor.js';
import type { InterceptedDelivery } from '../../dispatch/interceptor.js';
import { addObserver } from '../../dispatch/observer.js';
import type { Observer, Runtime } from '../../dispatch/runtime.js';
import { isThenable } from '../../events/is-thenable.js';
import type { Receipt } from '../../queue/receipt.js';
import type { Feed } from './feed.js';
import { PayloadSampling } from './payload-sampling.js';
import { type Redact, shownPayload } from './shown-payload.js';

/** Of so many messages it is remembered which entry sent them. */
const MOST_MESSAGES = 10_000;

/** In place of a payload that was passed over. */
const NOT_KEPT = '[not kept: too many at once]';

/** Begins to watch; returns what ends it. Until then no emit takes the fast path. */
export function record(
  { scope: { runtime } }: Application,
  feed: Feed,
  redact: Redact | undefined,
): () => void {
  const recorder = new Recorder(runtime, feed, redact);
  const ends = [
    addObserver(runtime, recorder),
    addInterceptor(runtime, (delivery, next) => recorder.handle(delivery, next)),
  ];
  return () => {
    for (const end of ends) end();
  };
}

class Recorder implements Observer {
  readonly #runtime: Runtime;
  readonly #feed: Feed;
  readonly #redact: Redact | undefined;
  readonly #sampling = new PayloadSampling();
  /** The entry of a handler's call, by its run. */
  readonly #calls = new WeakMap<object, number>();
  /** The entry that sent a payload. */
  readonly #payloads = new WeakMap<object, number>();
  /** The entry that sent a message, by the message's id. */
  readonly #messages = new Map<string, number>();

  constructor(runtime: Runtime, feed: Feed, redact: Redact | undefined) {
    this.#runtime = runtime;
    this.#feed = feed;
    this.#redact = redact;
  }

  called(): void {
    // The call itself is seen by handle(), with its time and its outcome.
  }

  unheard(event: string, _payload: unknown, scope: string): void {
    this.#feed.add({ time: Date.now(), kind: 'unheard', verb: 'emit', event, scope });
  }

  sent(...[verb, key, payload, scope, accepted]: Parameters<NonNullable<Observer['sent']>>): void {
    const event = eventName(key);
    const time = Date.now();
    const { id } = this.#feed.add({
      time,
      kind: 'sent',
      verb,
      event,
      scope,
      cause: this.#callUnderWay(),
      payload: this.#sampling.takes(time) ? shownPayload(payload, event, this.#redact) : NOT_KEPT,
    });
    if (typeof payload === 'object' && payload !== null) this.#payloads.set(payload, id);
    if (verb === 'defer')
      accepted?.then((receipt) => this.#remember(receipt as Receipt, id), ignore);
  }

  handle(delivery: InterceptedDelivery, next: () => unknown): unknown {
    const begun = performance.now();
    const run = this.#runUnderWay();
    const entry = this.#feed.add({
      time: Date.now(),
      kind: 'handled',
      verb: delivery.verb,
      event: delivery.event,
      scope: delivery.scope,
      handler: delivery.handler,
      cause: this.#senderOf(delivery),
      message: delivery.message?.id,
      correlation: delivery.message?.correlationId,
      attempt: delivery.message?.attempt,
    });
    if (run !== undefined) this.#calls.set(run, entry.id);
    const over = (error?: string) => this.#feed.settle(entry, performance.now() - begun, error);
    try {
      const value = next();
      if (!isThenable(value)) {
        over();
        return value;
      }
      Promise.resolve(value).then(
        () => over(),
        (error: unknown) => over(nameOfError(error)),
      );
      return value;
    } catch (error) {
      over(nameOfError(error));
      throw error;
    }
  }

  #runUnderWay(): object | undefined {
    for (const run of this.#runtime.context.current()?.runs() ?? []) return run;
    return undefined;
  }

  #callUnderWay(): number | undefined {
    for (const run of this.#runtime.context.current()?.runs() ?? []) {
      const id = this.#calls.get(run);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  #senderOf({ payload, message }: InterceptedDelivery): number | undefined {
    const byMessage = message && this.#messages.get(message.id);
    if (byMessage !== undefined) return byMessage;
    return typeof payload === 'object' && payload !== null
      ? this.#payloads.get(payload)
      : undefined;
  }

  #remember({ messages }: Receipt, id: number): void {
    for (const message of messages) this.#messages.set(message.id, id);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= MOST_MESSAGES) break;
      this.#messages.delete(oldest);
    }
  }
}

/** Its name and its code: a message may hold a payload. */
function nameOfError(error: unknown): string {
  try {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
    const shown = typeof name === 'string' ? name : typeof error;
    return typeof code === 'string' ? `${shown} ${code}` : shown;
  } catch {
    return 'error';
  }
}

function ignore(): void {
  // What was refused has no messages.
}
