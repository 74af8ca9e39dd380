/** Builds what is bound before anyone asks for it. */
import type { ServiceIdentifier } from 'inversify';
import { isCancelled } from '../../application/service-failure.js';
import { isThenable } from '../../events/is-thenable.js';
import { untilClosed } from '../../scope/until-closed.js';
import type { ContainerScope } from './container-scope.js';
import { type Binding, isBuilt } from './inversify-internals.js';
import { buildBinding } from './resolve-binding.js';
import {
  buildError,
  type FailedService,
  type SkippedService,
  StartError,
  type StartOptions,
  type StartReport,
} from './start-report.js';

/**
 * Builds the singletons of the container in the order of their bindings, those as well that one of them binds while it is built.
 *
 * @throws StartError `CAR2009` for what could not be built, where the options say so
 */
export async function buildSingletons(
  root: ContainerScope,
  { build, onFailure }: StartOptions,
): Promise<StartReport> {
  // The container does not announce what it binds while it resolves.
  root.wiring.activateBound();
  const built = new Set<ServiceIdentifier>();
  const failed: FailedService[] = [];
  for (const binding of inOrder(root, (one) => isWanted(root, one, build))) {
    const identifier = binding.serviceIdentifier;
    try {
      // An end meanwhile does not wait for a build that never settles.
      await untilClosed(root.scope, buildBinding(root, binding, root.selectors.of(binding)));
      if (isBuilt(binding) && !isThenable(binding.cache?.value)) built.add(identifier);
    } catch (error) {
      if (isCancelled(root.scope, error)) break;
      failed.push({ identifier, error });
      if (onFailure !== 'throw') root.scope.runtime.report(buildError({ identifier, error }));
    }
    // An end of the application meanwhile cancels the start.
    if (root.scope.state !== 'open') break;
  }
  if (onFailure === 'throw' && failed.length > 0) throw new StartError(failed);
  return { built: [...built], failed, skipped: skippedOf(root) };
}

/** The bindings of the container in their order, and then those that have been added meanwhile. */
function* inOrder(
  root: ContainerScope,
  isMeant: (binding: Binding) => boolean,
): Generator<Binding> {
  const seen = new Set<Binding>();
  const found = () => sorted(root).filter((binding) => !seen.has(binding) && isMeant(binding));
  for (let next = found(); next.length > 0; next = found()) {
    for (const binding of next) {
      seen.add(binding);
      if (root.owns(binding)) yield binding;
    }
  }
}

/** A container gives its bindings by service; their numbers grow. */
function sorted(root: ContainerScope): Binding[] {
  return [...root.allBindings()].sort((one, other) => one.id - other.id);
}

function isWanted(
  { wiring }: ContainerScope,
  binding: Binding,
  build: StartOptions['build'],
): boolean {
  if (binding.scope !== 'Singleton' || wiring.isActivated(binding)) return false;
  return build === 'all' || wiring.handlersOf(binding) === 'declared';
}

function skippedOf(root: ContainerScope): SkippedService[] {
  return sorted(root).flatMap((binding) => {
    const reason = reasonToSkip(root, binding);
    return reason === undefined ? [] : [{ identifier: binding.serviceIdentifier, reason }];
  });
}

function reasonToSkip(
  { wiring }: ContainerScope,
  binding: Binding,
): SkippedService['reason'] | undefined {
  const handlers = wiring.handlersOf(binding);
  if (handlers === 'none' || wiring.isActivated(binding)) return undefined;
  if (binding.scope === 'Transient') return 'transient';
  if (binding.scope === 'Request') return 'request';
  return handlers === 'unknown' && !isBuilt(binding) ? 'unknown class' : undefined;
}
