/** What is injected as `EventEmitter2` where its listeners are adopted. */
import { CarillonError } from '../../../../decorators/carillon-error.js';
import { EmitError } from '../../../dispatch/errors.js';
import type { Unsubscribe } from '../../../dispatch/unsubscribe.js';
import { checkTopic } from '../../../events/event-arguments.js';
import type { Scope } from '../../../scope/scope.js';
import type { Carillon } from '../carillon.js';
import { topicOf } from './declarations.js';
import { argumentsOf, payloadOf } from './listener-arguments.js';

type Listener = (...values: unknown[]) => unknown;

type Loose = (event: string, payload: unknown, options?: object) => unknown;

interface Added {
  readonly topic: string;
  readonly listener: Listener;
  readonly off: Unsubscribe;
}

/** The part of `EventEmitter2` that Carillon has; all else throws `CAR2024`. */
export class EventEmitterFacade {
  readonly #carillon: Carillon;
  #added: Added[] = [];

  constructor(carillon: Carillon) {
    this.#carillon = carillon;
  }

  /** Whether there was a listener. What a listener throws is reported. */
  emit(event: unknown, ...values: unknown[]): boolean {
    const { contexts, events, scope } = this.#carillon;
    const topic = named('emit', event);
    const { current } = contexts;
    const isHeard =
      hasListener(scope, topic) || (current !== undefined && hasListener(current, topic));
    (events.emit as Loose).call(events, topic, payloadOf(values));
    return isHeard;
  }

  /** What the listeners returned. Rejects with the first error of one with `suppressErrors: false`. */
  async emitAsync(event: unknown, ...values: unknown[]): Promise<unknown[]> {
    const { events } = this.#carillon;
    try {
      const topic = named('emitAsync', event);
      return (await (events.emitAsync as Loose).call(
        events,
        topic,
        payloadOf(values),
      )) as unknown[];
    } catch (error) {
      throw error instanceof EmitError ? error.errors[0]?.cause : error;
    }
  }

  on(event: unknown, listener: Listener): this {
    return this.#add(named('on', event), listener);
  }

  addListener(event: unknown, listener: Listener): this {
    return this.#add(named('addListener', event), listener);
  }

  prependListener(event: unknown, listener: Listener): this {
    return this.#add(named('prependListener', event), listener, { priority: 1 });
  }

  once(event: unknown, listener: Listener): this {
    return this.many(event, 1, listener);
  }

  many(event: unknown, times: number, listener: Listener): this {
    let left = times;
    const counted: Listener = (...values) => {
      left -= 1;
      if (left <= 0) this.off(event, listener);
      return listener(...values);
    };
    return this.#add(named('many', event), listener, {}, counted);
  }

  off(event: unknown, listener: Listener): this {
    const topic = named('off', event);
    const found = this.#added.findLast((one) => one.topic === topic && one.listener === listener);
    this.#remove(found === undefined ? [] : [found]);
    return this;
  }

  removeListener(event: unknown, listener: Listener): this {
    return this.off(event, listener);
  }

  /** Those that were added here; the methods of services stay. */
  removeAllListeners(event?: unknown): this {
    const topic = event === undefined ? undefined : named('removeAllListeners', event);
    this.#remove(this.#added.filter((one) => topic === undefined || one.topic === topic));
    return this;
  }

  listenerCount(event: unknown): number {
    return this.#carillon.scope.emitter.listenerCount(named('listenerCount', event));
  }

  hasListeners(event: unknown): boolean {
    return hasListener(this.#carillon.scope, named('hasListeners', event));
  }

  async waitFor(event: unknown): Promise<unknown[]> {
    return [...argumentsOf(await this.#carillon.scope.emitter.once(named('waitFor', event)))];
  }

  #add(
    topic: string,
    listener: Listener,
    options: { readonly priority?: number } = {},
    call: Listener = listener,
  ): this {
    const run = (payload: unknown) => call(...argumentsOf(payload));
    Object.defineProperty(run, 'name', { value: listener.name });
    const off = this.#carillon.scope.emitter.on(topic, run, options);
    this.#added.push({ topic, listener, off });
    return this;
  }

  #remove(added: readonly Added[]): void {
    for (const { off } of added) off();
    this.#added = this.#added.filter((one) => !added.includes(one));
  }
}

/**
 * The façade, in which the other methods of the class throw by name.
 *
 * @param emitterClass `EventEmitter2`
 */
export function eventEmitterFacade(carillon: Carillon, emitterClass: object): EventEmitterFacade {
  const facade = new EventEmitterFacade(carillon);
  const { prototype } = emitterClass as { readonly prototype: object };
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name in facade) continue;
    const value = () => {
      throw new CarillonError(
        'CAR2024',
        `EventEmitter2.${name}() was called, which adoptOnEvent does not have. Inject Events or ScopedEmitter of carillon in its place.`,
      );
    };
    Object.defineProperty(facade, name, { value });
  }
  return facade;
}

function hasListener(scope: Scope, topic: string): boolean {
  return scope.emitterCore.registry.find(topic).entries.length > 0;
}

function named(place: string, event: unknown): string {
  const topic = topicOf(event);
  if (topic === undefined)
    throw new CarillonError(
      'CAR2024',
      `EventEmitter2.${place}() was given an event that is a symbol. Give a name of segments joined by dots.`,
    );
  if (!topic.includes('*')) checkTopic(place, topic);
  return topic;
}
