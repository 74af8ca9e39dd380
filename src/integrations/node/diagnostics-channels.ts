/** What an application does, on the diagnostics channels of Node. */
import type { TracingChannel } from 'node:diagnostics_channel';
import { type EventKey, eventName } from '../../../decorators/event-key.js';
import { applicationOf } from '../../application/application-of.js';
import { addInterceptor } from '../../dispatch/add-interceptor.js';
import type { InterceptedDelivery } from '../../dispatch/interceptor.js';
import { addObserver } from '../../dispatch/observer.js';
import type { HandlerOwner, Observer, ScopeTracker } from '../../dispatch/runtime.js';
import { addScopeTracker } from '../../dispatch/scope-trackers.js';
import { isThenable } from '../../events/is-thenable.js';
import { hiddenField } from '../../scope/hidden-field.js';
import { WatchedChannel } from './watched-channel.js';

/** What the channels of `carillon:emit`, `carillon:publish` and `carillon:enqueue` get: the same object from the start to the end. */
export interface SentMessage {
  /** The class, the token's name or the topic. */
  readonly event: string;
  /** What was sent. */
  readonly payload: unknown;
  /** The path of the scope that sends: `'application/request'`. */
  readonly scope: string;
  /** What `publish` and `defer` resolved with. */
  result?: unknown;
  /** What was thrown, or rejected. */
  error?: unknown;
}

/** What the channels of `carillon:handle` get. */
export interface HandledMessage {
  /** `'On'`, `'Once'`, `'Subscribe'` or `'Deferred'`. */
  readonly verb: string;
  /** `Class.method`. */
  readonly handler: string;
  /** The class, the token's name or the topic. */
  readonly event: string;
  /** What the handler is called with. */
  readonly payload: unknown;
  /** The path of the scope that owns the handler. */
  readonly scope: string;
  /** Of a message that was published or deferred: its id, and which attempt this is, 1 at first. */
  readonly message: { readonly id: string; readonly attempt: number } | undefined;
  /** What the handler gave; set before `asyncEnd`, or `end` of one that is not asynchronous. */
  result?: unknown;
  /** What the handler threw; set before `error`. */
  error?: unknown;
}

/** What the channels of `carillon:scope` get: `start` and `end` as it is opened, `asyncStart` and `asyncEnd` once it has ended. */
export interface ScopeMessage {
  /** As it was opened: `'request'`. */
  readonly name: string;
  /** Its name behind those of the scopes above. */
  readonly scope: string;
}

type Outcome = Pick<SentMessage, 'result' | 'error'>;

const CHANNELS = /* @__PURE__ */ (() => ({
  emit: new WatchedChannel<SentMessage>('carillon:emit'),
  publish: new WatchedChannel<SentMessage>('carillon:publish'),
  defer: new WatchedChannel<SentMessage>('carillon:enqueue'),
  handle: new WatchedChannel<HandledMessage>('carillon:handle'),
  scope: new WatchedChannel<ScopeMessage>('carillon:scope'),
}))();

/**
 * Tells what an application does on tracing channels of `node:diagnostics_channel`: `carillon:emit`, `carillon:publish`, `carillon:enqueue`,
 * `carillon:handle`, `carillon:scope`. A kind of channel costs nothing while nobody subscribes to it: emits keep their fast path.
 *
 * @param container a container with events, or an application
 * @returns ends it; so does the end of the application
 * @throws CarillonError `CAR7053` for a container without events, `CAR2012` for one of another copy of the package
 * @example
 * diagnosticsChannels(container);
 * tracingChannel('carillon:handle').subscribe({ error: ({ handler, error }) => console.error(handler, error) });
 */
export function diagnosticsChannels(container: object): () => void {
  const { scope } = applicationOf(container);
  const { runtime } = scope;
  const hooks = [
    new Hook([CHANNELS.emit, CHANNELS.publish, CHANNELS.defer], () =>
      addObserver(runtime, new SendObserver()),
    ),
    new Hook([CHANNELS.handle], () => addInterceptor(runtime, handled)),
    new Hook([CHANNELS.scope], () => addScopeTracker(runtime, new ScopeLives())),
  ];
  const stop = (): void => {
    for (const hook of hooks) hook.stop();
  };
  scope.onDispose(stop);
  return stop;
}

/** Is in place while one of its channels has a subscriber. */
class Hook {
  readonly #channels: readonly Pick<WatchedChannel<object>, 'hasSubscribers' | 'onChange'>[];
  readonly #begin: () => () => void;
  readonly #leave: readonly (() => void)[];
  #end: (() => void) | undefined;

  constructor(
    channels: readonly Pick<WatchedChannel<object>, 'hasSubscribers' | 'onChange'>[],
    begin: () => () => void,
  ) {
    this.#channels = channels;
    this.#begin = begin;
    this.#leave = channels.map((channel) => channel.onChange(() => this.#refresh()));
    this.#refresh();
  }

  stop(): void {
    for (const leave of this.#leave) leave();
    this.#end?.();
    this.#end = undefined;
  }

  #refresh(): void {
    const isHeard = this.#channels.some(({ hasSubscribers }) => hasSubscribers);
    if (isHeard) this.#end ??= this.#begin();
    else {
      this.#end?.();
      this.#end = undefined;
    }
  }
}

class SendObserver implements Observer {
  called(): void {
    // The channel of handlers tells it, with its outcome.
  }

  unheard(): void {
    // An emit that reaches nobody starts and ends like any other.
  }

  emitting(key: EventKey, payload: unknown, scope: string, next: () => void): void {
    traced(CHANNELS.emit.tracing, { event: eventName(key), payload, scope }, next);
  }

  sent(...[verb, key, payload, scope, accepted]: Parameters<NonNullable<Observer['sent']>>): void {
    if (verb === 'emit' || accepted === undefined) return;
    const message: SentMessage = { event: eventName(key), payload, scope };
    traced(CHANNELS[verb].tracing, message, () => accepted);
  }
}

function handled(delivery: InterceptedDelivery, next: () => unknown): unknown {
  const { event, handler, message, payload, scope, verb } = delivery;
  return traced(
    CHANNELS.handle.tracing,
    {
      verb,
      handler,
      event,
      payload,
      scope,
      message: message && { id: message.id, attempt: message.attempt },
    },
    next,
  );
}

class ScopeLives implements ScopeTracker {
  readonly #messages = hiddenField<ScopeMessage>();

  opened(scope: HandlerOwner): void {
    const message = { name: scope.name, scope: scope.path };
    this.#messages.set(scope, message);
    const { start, end } = CHANNELS.scope.tracing;
    start.publish(message);
    end.publish(message);
  }

  owns(): void {
    // What a scope owns is no part of its life.
  }

  ended(scope: HandlerOwner): void {
    const message = this.#messages.of(scope);
    // It was open before anybody subscribed.
    if (message === undefined) return;
    const { asyncStart, asyncEnd } = CHANNELS.scope.tracing;
    asyncStart.publish(message);
    asyncEnd.publish(message);
  }
}

/** Like the channel's own `traceSync` and `tracePromise`, for what may be either; returns the very value that the action does. */
function traced<C extends Outcome, R>(
  channel: TracingChannel<unknown, C>,
  message: C,
  action: () => R,
): R {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  const settled = (): void => {
    asyncStart.publish(message);
    asyncEnd.publish(message);
  };
  const failed = (thrown: unknown): void => {
    message.error = thrown;
    error.publish(message);
  };
  return start.runStores(message, () => {
    try {
      const value = action();
      if (isThenable(value))
        Promise.resolve(value).then(
          (result) => {
            message.result = result;
            settled();
          },
          (thrown: unknown) => {
            failed(thrown);
            settled();
          },
        );
      else message.result = value;
      return value;
    } catch (thrown) {
      failed(thrown);
      throw thrown;
    } finally {
      end.publish(message);
    }
  });
}
