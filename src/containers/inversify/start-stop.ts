/** Starts and stops the application of a container, and tells what is alive in it. */

import type { Container, ServiceIdentifier } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { Census } from '../../application/application.js';
import type { Audit } from '../../application/audit.js';
import { isThrown } from '../../events/describe-thrown.js';
import { isThenable } from '../../events/is-thenable.js';
import type { DisposalReport } from '../../scope/disposal-report.js';
import type { DisposeOptions } from '../../scope/scope-options.js';
import { untilClosed } from '../../scope/until-closed.js';
import type { ContainerScope } from './container-scope.js';
import { isBuilt, nameOfService } from './inversify-internals.js';
import { containerScopeOf } from './open-scope.js';
import { buildBinding } from './resolve-binding.js';

/** What `start` built. */
export interface StartReport {
  readonly built: readonly ServiceIdentifier[];
  readonly failed: readonly { readonly identifier: ServiceIdentifier; readonly error: unknown }[];
}

/**
 * Builds every bound singleton that has handlers, once, in binding order, connects the bus, and then begins to process the queues.
 *
 * A class that cannot be built is reported; the others are built all the same. What is emitted and published meanwhile is kept, and
 * delivered once it has started; see `beforeStart`.
 *
 * @throws CarillonError `CAR2001` when the container has no plugin, `CAR3001` when its scope has ended, `CAR5041` when the bus's
 * engine cannot be reached: start again once it can
 * @example
 * const { failed } = await start(container);
 */
export async function start(container: Container): Promise<StartReport> {
  const root = containerScopeOf(container);
  root.current().assertOpen();
  return root.application.start(() => buildListeners(root));
}

async function buildListeners(root: ContainerScope): Promise<StartReport> {
  const { scope } = root;
  // The container does not announce what it binds while it resolves.
  root.wiring.activateBound();
  const built = new Set<ServiceIdentifier>();
  const failed: { identifier: ServiceIdentifier; error: unknown }[] = [];
  for (const binding of root.wiring.boundListeners()) {
    // An end of the application meanwhile cancels the start.
    if (scope.state !== 'open') break;
    const identifier = binding.serviceIdentifier;
    try {
      // An end meanwhile does not wait for a build that never settles.
      await untilClosed(scope, buildBinding(root, binding));
      if (isBuilt(binding) && !isThenable(binding.cache?.value)) built.add(identifier);
    } catch (error) {
      // It was built, and the end came first.
      if (scope.state !== 'open' && isThrown(error, CarillonError) && error.code === 'CAR3001')
        break;
      failed.push({ identifier, error });
      scope.runtime.report(startError(identifier, error));
    }
  }
  return { built: [...built], failed };
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

function startError(identifier: ServiceIdentifier, cause: unknown): CarillonError {
  const name = nameOfService(identifier);
  return new CarillonError(
    'CAR2002',
    `start() could not build ${name}: its handlers hear nothing. See the cause.`,
    { cause },
  );
}
