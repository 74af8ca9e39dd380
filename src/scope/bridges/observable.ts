/** Bridges between a scope and observables, those of RxJS and others, by the protocol that they share: a method `Symbol.observable`. */

import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventKey, PayloadOf } from '../../../decorators/event-key.js';
import { eventName } from '../../../decorators/event-key.js';
import type { Unsubscribe } from '../../dispatch/unsubscribe.js';
import { thrownSentence } from '../../events/describe-thrown.js';
import { assertScope } from '../assert-scope.js';
import type { Scope } from '../scope.js';
import { checkIncoming, checkMethods, entrance, type IncomingEvent, openBridge } from './bridge.js';

declare global {
  // Declared in the same words as RxJS does.
  interface SymbolConstructor {
    readonly observable: symbol;
  }
}

/** What is told of the values of an observable. */
export interface EventObserver<T> {
  /** Gets each value. */
  next?: (value: T) => void;
  /** The observable has failed; nothing more comes. */
  error?: (error: unknown) => void;
  /** Nothing more comes. */
  complete?: () => void;
}

/** Ends one subscription. */
export interface ObserverSubscription {
  /** Gets nothing more. A second call does nothing. */
  unsubscribe(): void;
}

/** What a bridge asks of an observable that it listens to. */
export interface ObservableSource<T> {
  /** Begins to give values to the observer, or to a function that gets each of them. */
  subscribe(observer: EventObserver<T> | ((value: T) => void)): ObserverSubscription;
}

/** The events of a scope, as `from()` of RxJS takes them. */
export interface EventObservable<T> extends ObservableSource<T> {
  [Symbol.observable](): EventObservable<T>;
}

/**
 * Emits in the scope what an observable gives, until it completes or the scope ends.
 *
 * An error of the observable is reported as `CAR4012` and ends the bridge.
 *
 * @param scope ends the bridge when it ends
 * @param source anything with a method `Symbol.observable`
 * @param incoming the event, and what makes its payload of the value
 * @returns what ends the bridge earlier
 * @throws CarillonError `CAR3001` when the scope has ended, `CAR3013` for something that is not a scope, `CAR4009` for a source
 *   that is no observable
 * @example
 * fromObservable(scope, prices$, { event: PriceChanged, read: (price) => new PriceChanged(price) });
 */
export function fromObservable<const K extends EventKey, T>(
  scope: Scope,
  source: ObservableSource<T>,
  incoming: IncomingEvent<K, [value: T]>,
): Unsubscribe {
  assertScope('fromObservable()', scope);
  const observable = observableOf(source);
  checkMethods('fromObservable()', { source: observable }, ['subscribe']);
  checkIncoming('fromObservable()', incoming);
  const next = entrance(scope, incoming);
  let subscription: ObserverSubscription | undefined;
  let isOver = false;
  return openBridge(scope, {
    begin: (bridge) => {
      subscription = observable.subscribe({
        next: (value) => {
          if (!isOver) next(value);
        },
        error: (error) => {
          scope.runtime.report(sourceError(incoming.event, error));
          bridge();
        },
        complete: bridge,
      });
      // An observable that gives everything at once may have completed before it returned.
      if (isOver) subscription.unsubscribe();
    },
    end: () => {
      isOver = true;
      subscription?.unsubscribe();
    },
  });
}

/**
 * The events of a scope as an observable: each subscription listens from then on, and completes when the scope ends.
 *
 * @param scope completes each subscription when it ends
 * @param event a class, a token or a topic
 * @returns what `from()` of RxJS takes
 * @throws CarillonError `CAR3013` for something that is not a scope
 * @example
 * from(toObservable(scope, PriceChanged)).pipe(debounceTime(100)).subscribe(show);
 */
export function toObservable<const K extends EventKey>(
  scope: Scope,
  event: K,
): EventObservable<PayloadOf<K>> {
  assertScope('toObservable()', scope);
  const observable = {
    subscribe: (observer: EventObserver<PayloadOf<K>> | ((value: PayloadOf<K>) => void)) =>
      subscribeTo(scope, event, typeof observer === 'function' ? { next: observer } : observer),
    '@@observable': () => observable,
  } as unknown as EventObservable<PayloadOf<K>>;
  if (Symbol.observable !== undefined) observable[Symbol.observable] = () => observable;
  return observable;
}

function subscribeTo<K extends EventKey>(
  scope: Scope,
  event: K,
  observer: EventObserver<PayloadOf<K>>,
): ObserverSubscription {
  const listening = scope.emitter.on(event, function toObservable(payload) {
    observer.next?.(payload);
  });
  const forget = scope.atClose(() => observer.complete?.());
  const unsubscribe = () => {
    forget();
    listening();
  };
  return { unsubscribe };
}

function observableOf<T>(source: ObservableSource<T>): ObservableSource<T> {
  const given = source as unknown as Record<string | symbol, unknown> | null | undefined;
  const convert = given?.[Symbol.observable] ?? given?.['@@observable'];
  return typeof convert === 'function' ? (convert.call(source) as ObservableSource<T>) : source;
}

/** `CAR4012`: the observable that a bridge listens to has failed. */
function sourceError(event: EventKey, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR4012',
    `The observable that brings ${eventName(event)} has failed: ${thrownSentence(cause)} Nothing more comes from it; catch its errors before the bridge, or retry it there.`,
    { cause },
  );
}
