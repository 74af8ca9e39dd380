/** Watching a running application: reports and test kits are added after it is built and removed before it ends. */
import type { Sent } from '../events/event-arguments.js';
import { without } from './pairs.js';
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
    runtime.observer = without(runtime.observer, observer, Observers);
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

  emitting(...[event, payload, scope, next]: Parameters<NonNullable<Observer['emitting']>>): void {
    const { first, second } = this;
    const inner =
      second.emitting === undefined ? next : () => second.emitting?.(event, payload, scope, next);
    if (first.emitting === undefined) inner();
    else first.emitting(event, payload, scope, inner);
  }
}

/** Delivers an emit inside of what the observer does around it, if there is one. */
export function deliverWatched<T>(
  { runtime, path }: HandlerOwner,
  { key, payload }: Pick<Sent<unknown>, 'key' | 'payload'>,
  deliver: (argument: T) => void,
  argument: T,
): void {
  const { observer } = runtime;
  if (observer?.emitting === undefined) deliver(argument);
  else observer.emitting(key, payload, path, () => deliver(argument));
}

/** Sends, and tells the observer first, if there is one. */
export function tellSent<T>(
  { runtime, path }: HandlerOwner,
  verb: SendVerb,
  { key, payload }: Pick<Sent<unknown>, 'key' | 'payload'>,
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
