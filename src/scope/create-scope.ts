/** A scope for who has no container. */
import { createRuntime, type RuntimeOptions } from '../dispatch/create-runtime.js';
import { Scope } from './scope.js';
import type { ScopeOptions } from './scope-options.js';

/** How such a scope is set up. */
export interface CreateScopeOptions extends Omit<RuntimeOptions, 'adapt'>, ScopeOptions {}

/**
 * A lifetime with an emitter, by itself: no container, no bus, no queue. Ending it ends everything that listens to it.
 *
 * @throws CarillonError `CAR7001`, `CAR7004` for options that are wrong
 * @example
 * const { emitter } = createScope();
 * emitter.on(OrderPlaced, ({ id }) => console.log(id));
 */
export function createScope(options: CreateScopeOptions = {}): Scope {
  return new Scope(createRuntime(options), options);
}
