/** What `@OnEvent` of `@nestjs/event-emitter` and `@EventsHandler` of `@nestjs/cqrs` have written on a class. */

import type { EventKey } from '../../../../decorators/event-key.js';
import { topicFault } from '../../../../decorators/topic-name.js';

/** Nest's own keys. */
const ON_EVENT = 'EVENT_LISTENER_METADATA';
const EVENTS_HANDLER = '__eventsHandler__';

/** The options of `@OnEvent`. */
export interface ListenerOptions {
  readonly async?: boolean;
  readonly nextTick?: boolean;
  readonly prependListener?: boolean;
  readonly suppressErrors?: boolean;
}

/** One method that hears one event. */
export interface AdoptedHandler {
  readonly verb: 'On' | 'Subscribe';
  readonly className: string;
  readonly method: string;
  readonly event: EventKey;
  readonly options: ListenerOptions;
}

/** What was read of a class. */
export interface AdoptedClass {
  readonly handlers: readonly AdoptedHandler[];
  /** What is wrong with those that cannot be adopted. */
  readonly faults: readonly string[];
}

const NOTHING: AdoptedClass = { handlers: [], faults: [] };

/** Reads the methods of a class and of those that it extends. */
export function readAdopted(prototype: object): AdoptedClass {
  const service = prototype.constructor as { readonly name: string } | undefined;
  if (typeof service !== 'function') return NOTHING;
  const { name: className } = service;
  const handlers: AdoptedHandler[] = [];
  const faults: string[] = [];
  for (const [method, event, options] of declared(prototype)) {
    const topic = topicOf(event);
    const fault = topic === undefined ? 'it is a symbol' : topicFault(topic);
    if (topic !== undefined && fault === undefined)
      handlers.push({ verb: 'On', className, method, event: topic, options });
    else faults.push(`${className}.${method} listens to ${shown(event)}: ${fault}`);
  }
  const classes = Reflect.getMetadata(EVENTS_HANDLER, service) as EventKey[] | undefined;
  for (const event of classes ?? [])
    handlers.push({ verb: 'Subscribe', className, method: 'handle', event, options: {} });
  return { handlers, faults };
}

/** A name as `EventEmitter2` takes it: text, or a list of segments. `undefined` for one with a symbol. */
export function topicOf(event: unknown): string | undefined {
  if (typeof event === 'string') return event;
  return Array.isArray(event) && event.every((part) => typeof part === 'string')
    ? event.join('.')
    : undefined;
}

type Declared = readonly [method: string, event: unknown, options: ListenerOptions];

function* declared(prototype: object): Generator<Declared> {
  const seen = new Set<string>();
  for (let step = prototype; step && step !== Object.prototype; step = Object.getPrototypeOf(step))
    for (const [method, { value }] of Object.entries(Object.getOwnPropertyDescriptors(step))) {
      if (typeof value !== 'function' || seen.has(method)) continue;
      seen.add(method);
      const found: unknown = Reflect.getMetadata(ON_EVENT, value);
      for (const one of found === undefined ? [] : [found].flat()) {
        const { event, options } = one as { event: unknown; options?: ListenerOptions };
        yield [method, event, options ?? {}];
      }
    }
}

function shown(event: unknown): string {
  return Array.isArray(event) ? `[${event.map(String).join(', ')}]` : String(event);
}
