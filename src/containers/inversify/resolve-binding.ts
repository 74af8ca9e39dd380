/** Builds one binding and no other of its service, whatever its name, tags or conditions. */
import type { Container } from 'inversify';
import { type Binding, isBuilt, type PluginContext } from './inversify-internals.js';

/** As the container itself asks whether anything is bound. */
const PLAIN = { getAncestor: () => undefined, name: undefined, tags: new Map() };

/** The caller that asks for the instance next has its error. */
const IGNORED = () => undefined;

/** A container as its bindings are resolved. */
export interface PlanningContainer {
  readonly container: Container;
  readonly context: PluginContext;
  /** Called when the container has made its next plan. */
  onPlanned: (() => void) | undefined;
  bindings(identifier: Binding['serviceIdentifier']): Iterable<Binding>;
}

/** Begins to build the binding; returns `false` where its container has not all that it needs. */
export function beginBinding(owner: PlanningContainer, binding: Binding): boolean {
  const { resolved, isPlanned } = resolveBinding(owner, binding);
  resolved.catch(IGNORED);
  return isPlanned;
}

/** Builds a singleton; one that has failed before is tried again. */
export async function buildBinding(owner: PlanningContainer, binding: Binding): Promise<void> {
  try {
    await resolveBinding(owner, binding).resolved;
  } catch (error) {
    // The container would keep the promise that was rejected.
    if (isBuilt(binding)) binding.cache = { isRight: false };
    throw error;
  }
}

/** The plan is made in the caller's turn. */
function resolveBinding(
  owner: PlanningContainer,
  binding: Binding,
): { readonly resolved: Promise<unknown>; readonly isPlanned: boolean } {
  const release = selectBinding(owner, binding);
  let isPlanned = false;
  owner.onPlanned = () => {
    isPlanned = true;
    release();
  };
  try {
    return { resolved: owner.container.getAsync(binding.serviceIdentifier), isPlanned };
  } finally {
    release();
    owner.onPlanned = undefined;
  }
}

/** Has the next plan of the service take that binding; returns what undoes it. */
function selectBinding(owner: PlanningContainer, binding: Binding): () => void {
  const { serviceIdentifier } = binding;
  const { planResultCacheService: plans } = owner.context;
  const rivals = [...owner.bindings(serviceIdentifier)];
  // A plan that is known is not made again, and its making could not be seen.
  plans.clearCache();
  if (rivals.length === 1 && binding.isSatisfiedBy({ ...PLAIN, serviceIdentifier }))
    return () => undefined;
  const kept = rivals.map((rival) => rival.isSatisfiedBy);
  for (const rival of rivals) rival.isSatisfiedBy = () => rival === binding;
  return () => {
    rivals.forEach((rival, index) => {
      rival.isSatisfiedBy = kept[index] as Binding['isSatisfiedBy'];
    });
    plans.clearCache();
  };
}
