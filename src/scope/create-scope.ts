/** A scope for programs without a container. */
import { refuseFault, unknownFault } from '../../decorators/check-options.js';
import { createRuntime, RUNTIME, type RuntimeOptions } from '../dispatch/create-runtime.js';
import { Scope } from './scope.js';
import { SCOPE, type ScopeOptions } from './scope-options.js';

/** How such a scope is set up. */
export interface CreateScopeOptions extends Omit<RuntimeOptions, 'adapt'>, ScopeOptions {}

/**
 * A lifetime with an emitter, alone: no container, no bus, no queue. Its end ends everything that listens to it.
 *
 * @param options its name, its times, its `onError` and others; each has a default, as of `events()`
 * @throws CarillonError `CAR7001`, `CAR7004` for invalid options
 * @example
 * const { emitter } = createScope();
 * emitter.on(OrderPlaced, ({ id }) => console.log(id));
 */
export function createScope(options: CreateScopeOptions = {}): Scope {
  const scope = new Scope(createRuntime(options), options);
  refuseFault('CAR7004', 'createScope()', unknownFault([RUNTIME, SCOPE], options));
  return scope;
}
