/** Watching an application that runs: reports and test kits come when it is built already, and go before it ends. */
import type { EventKey } from '../../decorators/event-key.js';
import type { HandlerOwner, Observer, Runtime, SendVerb } from './runtime.js';

/** Adds a observer beside those that are there; returns what takes it away again. */
export function addWitness(runtime: Runtime, observer: Observer): () => void {
  const before = runtime.observer;
  let isWatching = true;
  runtime.observer = before === undefined ? observer : new Observers(before, observer);
  runtime.fastPathDepth = -1;
  return () => {
    if (!isWatching) return;
    isWatching = false;
    runtime.observer = without(runtime.observer, observer);
    const { early, overflow } = runtime;
    if ((runtime.observer ?? early ?? overflow) === undefined)
      runtime.fastPathDepth = runtime.depthLimit;
  };
}

/** Tells two of what one is told of. */
class Observers implements Observer {
  constructor(
    readonly first: Observer,
    readonly second: Observer,
  ) {}

  called(handler: string): void {
    this.first.called(handler);
    this.second.called(handler);
  }

  unheard(event: string, payload: unknown, scope: string): void {
    this.first.unheard(event, payload, scope);
    this.second.unheard(event, payload, scope);
  }

  sent(...sent: Parameters<NonNullable<Observer['sent']>>): void {
    this.first.sent?.(...sent);
    this.second.sent?.(...sent);
  }
}

/** What is left of the observers; they go in any order. */
function without(all: Observer | undefined, observer: Observer): Observer | undefined {
  if (all === observer) return undefined;
  if (!(all instanceof Observers)) return all;
  const [first, second] = [without(all.first, observer), without(all.second, observer)];
  if (first === undefined || second === undefined) return first ?? second;
  return new Observers(first, second);
}

/** Sends in the caller's turn, whether somebody watches or not. */
export function tellSent<T>(
  { runtime, path }: HandlerOwner,
  verb: SendVerb,
  key: EventKey,
  payload: unknown,
  send: () => Promise<T>,
): Promise<T> {
  const { observer } = runtime;
  if (observer?.sent === undefined) return send();
  let fulfil!: (value: T) => void;
  let refuse!: (error: unknown) => void;
  const accepted = new Promise<T>((resolve, reject) => {
    fulfil = resolve;
    refuse = reject;
  });
  observer.sent(verb, key, payload, path, accepted);
  (async () => send())().then(fulfil, refuse);
  // The observer has looked at it before the caller can, and knows the outcome first.
  return accepted;
}
