/** Scopes of awilix with a scope of their own, and the beginning and the end of the application. */
import type { AwilixContainer } from 'awilix';
import { quickFault, refuseFault } from '../../../decorators/check-options.js';
import type { ServicesStart } from '../../application/adapter-application.js';
import type { Census } from '../../application/application.js';
import type { Audit } from '../../application/audit.js';
import type { DisposalReport } from '../../scope/disposal-report.js';
import type { Scope } from '../../scope/scope.js';
import { type DisposeOptions, SCOPE, type ScopeOptions } from '../../scope/scope-options.js';
import { nodeOf, openChild, type ScopedContainer } from './hooked-container.js';
import type { AnyContainer } from './resolvers.js';

/**
 * Opens a scope below the container's own: a scope of awilix with an emitter, whose handlers end with it. Use it in place of
 * `createScope()`.
 *
 * @param options its name in errors and reports, default `'scope'`, and how long its end waits, default as long as the parent's
 * @throws CarillonError `CAR2001` when the container has no events, `CAR3001` when its scope has ended, `CAR7001` for invalid options
 * @example
 * await using request = openScope(container, { name: 'request' });
 * request.cradle.basket.add(item);
 */
export function openScope<Cradle extends object>(
  container: AwilixContainer<Cradle>,
  options: ScopeOptions = {},
): ScopedContainer<Cradle> {
  refuseFault('CAR7001', 'openScope()', quickFault(SCOPE, options));
  return openChild(nodeOf(container), options).container as unknown as ScopedContainer<Cradle>;
}

/**
 * The scope of a container.
 *
 * @throws CarillonError `CAR2001` when the container has none of its own
 */
export function scopeOf(container: AnyContainer): Scope {
  return nodeOf(container).scope;
}

/**
 * Builds every singleton that has handlers, once, in the order of the registrations, connects the bus, and then begins to process the queues. A
 * singleton whose class is not known may have handlers, so it is built as well: what a function gives, and a class that `asClass` of
 * awilix has registered. What is emitted and published meanwhile is kept, and delivered once it has started; see `beforeStart`. A singleton that cannot be
 * built is reported as `CAR2002`; the others are built all the same.
 *
 * @returns what was built, and what could not be
 * @throws CarillonError (a rejection) `CAR2001` when the container has no events, `CAR3001` when its scope has ended, `CAR5041` when the
 * bus's engine cannot be reached: start again once it can
 * @example
 * const { failed } = await start(container);
 */
export async function start(container: AnyContainer): Promise<ServicesStart> {
  const node = nodeOf(container);
  node.scope.assertOpen();
  return node.tree.application.start(node.listeners());
}

/**
 * Ends the application: empties the queues in memory, then ends every scope, children first and the youngest of them first, and disposes what
 * they have built, the newest first. All the waiting together takes at most the drain time.
 *
 * @throws DisposalError `CAR3003` when a clean-up failed
 * @example
 * process.once('SIGTERM', () => stop(container, { drain: '10s' }));
 */
export async function stop(
  container: AnyContainer,
  options: DisposeOptions = {},
): Promise<DisposalReport> {
  const { scope, tree } = nodeOf(container);
  return tree.application.stop(options, scope);
}

/**
 * Takes no more work from outside: messages of an engine's bus and queues, and timers. `emit`, `publish` and `defer` go on, so that requests
 * under way can be finished. It cannot be taken back: {@link stop} is next.
 *
 * @returns resolves once what was taken is done, or when the drain time is over
 * @throws CarillonError `CAR2001` when the container has no events, `CAR7001` for options that are wrong
 * @example
 * await quiesce(container);
 * await server.close();
 * await stop(container);
 */
export async function quiesce(container: AnyContainer, options?: DisposeOptions): Promise<void> {
  await nodeOf(container).tree.application.quiesce(options);
}

/**
 * Counts what is alive in the container's application now: scopes, handlers, handlers in progress, timers, queued messages.
 *
 * @throws CarillonError `CAR2001` when the container has no events
 */
export function census(container: AnyContainer): Census {
  return nodeOf(container).tree.application.census();
}

/**
 * Lists what is alive in the container's application now, each handler with its class, method, owner and age. After {@link stop} it lists
 * nothing.
 *
 * @throws CarillonError `CAR2001` when the container has no events
 * @example
 * console.log(String(audit(container)));
 */
export function audit(container: AnyContainer): Audit {
  return nodeOf(container).tree.application.audit();
}
