/** Watching a running application: reports and test kits are added after it is built and removed before it ends. */
import type { EventKey } from '../../decorators/event-key.js';
import {
  type HandlerOwner,
  type Observer,
  type Runtime,
  refreshFastPath,
  type SendVerb,
} from './runtime.js';

/** Adds an observer beside those that are there; returns what takes it away again. */
export function addObserver(runtime: Runtime, observer: Observer): () => void {
  const before = runtime.observer;
  let isWatching = true;
  runtime.observer = before === undefined ? observer : new Observers(before, observer);
  refreshFastPath(runtime);
  return () => {
    if (!isWatching) return;
    isWatching = false;
    runtime.observer = without(runtime.observer, observer);
    refreshFastPath(runtime);
  };
}

/** Passes everything on to two observers. */
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

/** Sends, and tells the observer first, if there is one. */
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
