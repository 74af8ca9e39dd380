/** Starts and stops the application of a container, and tells what is alive in it. */

import type { Container } from 'inversify';
import { checkOptions } from '../../../decorators/check-options.js';
import type { Census } from '../../application/application.js';
import type { Audit } from '../../application/audit.js';
import type { DisposalReport } from '../../scope/disposal-report.js';
import type { DisposeOptions } from '../../scope/scope-options.js';
import { buildSingletons } from './build-singletons.js';
import { containerScopeOf } from './open-scope.js';
import { START, type StartOptions, type StartReport } from './start-report.js';

/**
 * Builds every bound singleton that has handlers, once, in the order of the bindings, connects the bus, and then begins to process the queues.
 * What is emitted and published meanwhile is kept, and delivered once it has started; see `beforeStart`.
 *
 * A service wants `onFailure: 'throw'`: it is not to run with a class that could not be built. By default such a class is reported, and the
 * others are built all the same.
 *
 * @param options which singletons are built, and what happens where one cannot be
 * @returns what was built, what could not be, and what was passed over, with the reason
 * @throws CarillonError `CAR2001` when the container has no plugin, `CAR3001` when its scope has ended, `CAR7003` for invalid options,
 * `CAR2009` ({@link StartError}) with `onFailure: 'throw'`, `CAR5041` when the bus's engine cannot be reached: start again once it can
 * @example
 * await start(container, { onFailure: 'throw' });
 */
export async function start(
  container: Container,
  options: StartOptions = {},
): Promise<StartReport> {
  checkOptions('CAR7003', 'start()', START, options);
  const root = containerScopeOf(container);
  root.current().assertOpen();
  return root.application.start(() => buildSingletons(root, options));
}

/**
 * Ends the application: empties the queues in memory, then ends every scope, children first and the youngest of them first, and unbinds
 * everything. All the waiting together takes at most the drain time.
 *
 * @throws DisposalError `CAR3003` when a clean-up failed
 * @example
 * process.once('SIGTERM', () => stop(container, { drain: '10s' }));
 */
export async function stop(
  container: Container,
  options: DisposeOptions = {},
): Promise<DisposalReport> {
  const { application, scope } = containerScopeOf(container);
  return application.stop(options, scope);
}

/**
 * Counts what is alive in the container's application now: scopes, handlers, handlers in progress, timers, queued messages.
 *
 * @throws CarillonError `CAR2001` when the container has no plugin
 */
export function census(container: Container): Census {
  return containerScopeOf(container).application.census();
}

/**
 * Lists what is alive in the container's application now: scopes, handlers, handlers in progress, tasks with what they wait for, and what
 * a timer will call, each with its class, method, owner and age. After {@link stop} it lists nothing.
 *
 * @throws CarillonError `CAR2001` when the container has no plugin
 * @example
 * console.log(String(audit(container)));
 */
export function audit(container: Container): Audit {
  return containerScopeOf(container).application.audit();
}
