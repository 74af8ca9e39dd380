/** Typed tokens: events that need no class. */
import { CarillonError } from './carillon-error.js';
import type { EmitPolicy } from './emit-policy.js';
import { EventToken } from './event-key.js';
import { isPattern, topicFault } from './topic-name.js';

/**
 * Makes a typed token. Two tokens are two events, even when they share a name: identity is the token itself.
 *
 * @param name what errors and reports show
 * @param policy how it is emitted: bubbling, sticky, and what becomes of an emit inside of itself
 * @throws CarillonError `CAR1005` when the name is empty or has a wildcard
 * @example
 * const Tick = defineEvent<{ dt: number }>('tick');
 * emitter.emit(Tick, { dt: 16 });
 */
export function defineEvent<T>(name: string, policy?: EmitPolicy): EventToken<T> {
  const fault = typeof name !== 'string' ? 'it is no string' : topicFault(name);
  if (fault !== undefined || isPattern(name)) {
    throw new CarillonError(
      'CAR1005',
      `defineEvent(${JSON.stringify(name)}) has no usable name: ${fault ?? 'it has a wildcard'}. Give the event a name such as 'order.placed'.`,
    );
  }
  return new EventToken<T>(name, policy);
}
