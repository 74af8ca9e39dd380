/** Builds one binding and no other of its service, whatever its name, tags or conditions. */
import type { Container, GetOptions, ResolutionContext, ServiceIdentifier } from 'inversify';
import { EMPTY } from './binding-cache.js';
import type { Builds } from './builds.js';
import { type Binding, isBuilt, type PluginContext, type Selector } from './inversify-internals.js';

/** The caller that asks for the instance next has its error. */
const IGNORED = () => undefined;

const NONE: readonly ServiceIdentifier[] = [];

/** A container as its bindings are resolved. */
export interface PlanningContainer {
  readonly builds: Builds;
  readonly container: Container;
  readonly context: PluginContext;
  /** Called when the container has made its next plan. */
  onPlanned: (() => void) | undefined;
  bindings(identifier: ServiceIdentifier): Iterable<Binding>;
}

/** How the building of a singleton has begun. */
export interface Beginning {
  /** Whether its container has all that a plan can show. */
  readonly isPlanned: boolean;
  /** What its function has asked its container for in vain. */
  readonly missing: readonly ServiceIdentifier[];
}

/** Begins to build the binding in its own container. */
export function beginBinding(
  owner: PlanningContainer,
  binding: Binding,
  selector: Selector,
): Beginning {
  const missing = binding.type === 'DynamicValue' ? noteMissing(owner, binding) : undefined;
  const { resolved, isPlanned } = resolveBinding(owner, binding, selector);
  resolved.catch(IGNORED);
  // What asks for it goes on in this turn.
  if (!isBuilt(binding)) owner.builds.rejects(resolved);
  return { isPlanned, missing: missing?.() ?? NONE };
}

/** Builds a singleton; one that has failed before is tried again. */
export async function buildBinding(
  owner: PlanningContainer,
  binding: Binding,
  selector: Selector,
): Promise<void> {
  try {
    await resolveBinding(owner, binding, selector).resolved;
  } catch (error) {
    // The container would keep the promise that was rejected.
    if (isBuilt(binding)) {
      binding.cache = EMPTY;
      // Its next plan prepares the empty cache again.
      owner.context.planResultCacheService.clearCache();
    }
    throw error;
  }
}

/** The plan is made in the caller's turn. */
function resolveBinding(
  owner: PlanningContainer,
  binding: Binding,
  selector: Selector,
): { readonly resolved: Promise<unknown>; readonly isPlanned: boolean } {
  const release = selectBinding(owner, binding, selector);
  let isPlanned = false;
  owner.onPlanned = () => {
    isPlanned = true;
    release();
  };
  try {
    const resolved = owner.container.getAsync(binding.serviceIdentifier, optionsOf(selector));
    return { resolved, isPlanned };
  } finally {
    release();
    owner.onPlanned = undefined;
  }
}

/** Has the next plan of the service take that binding; returns what undoes it. */
function selectBinding(owner: PlanningContainer, binding: Binding, selector: Selector): () => void {
  const { serviceIdentifier } = binding;
  const { planResultCacheService: plans } = owner.context;
  const rivals = [...owner.bindings(serviceIdentifier)];
  // A plan that is known is not made again, and its making could not be seen.
  plans.clearCache();
  if (rivals.length === 1 && binding.isSatisfiedBy(constraintsOf(serviceIdentifier, selector)))
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

/** A selector may be more, such as what a plan was asked for with. */
function optionsOf({ name, tag }: Selector): GetOptions | undefined {
  if (name === undefined && tag === undefined) return undefined;
  return { ...(name !== undefined && { name }), ...(tag !== undefined && { tag }) };
}

/** As the container itself asks a binding whether it is meant. */
function constraintsOf(serviceIdentifier: ServiceIdentifier, { name, tag }: Selector): object {
  const tags = new Map(tag === undefined ? [] : [[tag.key, tag.value]]);
  return { getAncestor: () => undefined, name, serviceIdentifier, tags };
}

/** Notes what the binding's function asks for in vain; what is returned ends that, and gives it where the function has failed. */
function noteMissing(
  owner: PlanningContainer,
  binding: Binding,
): () => readonly ServiceIdentifier[] {
  const dynamic = binding as Binding & { value: (context: ResolutionContext) => unknown };
  const { value } = dynamic;
  const missing: ServiceIdentifier[] = [];
  let hasFailed = false;
  dynamic.value = (context) => {
    try {
      return value(notingContext(owner, context, missing));
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  return () => {
    dynamic.value = value;
    // What a plan has put in the place of the function went with it.
    owner.context.planResultCacheService.clearCache();
    return hasFailed ? missing : NONE;
  };
}

/** A context that notes what cannot be planned. What is asynchronous is not noted: the container that asks gets the same promise. */
function notingContext(
  owner: PlanningContainer,
  context: ResolutionContext,
  missing: ServiceIdentifier[],
): ResolutionContext {
  const noting =
    (get: (identifier: ServiceIdentifier, ...options: never[]) => unknown) =>
    (identifier: ServiceIdentifier, ...options: never[]) => {
      let isPlanned = false;
      owner.onPlanned = () => {
        isPlanned = true;
      };
      try {
        return get(identifier, ...options);
      } catch (error) {
        if (!isPlanned) missing.push(identifier);
        throw error;
      } finally {
        owner.onPlanned = undefined;
      }
    };
  const { getActivations, getAllAsync, getAsync } = context;
  return {
    get: noting(context.get),
    getActivations,
    getAll: noting(context.getAll),
    getAllAsync,
    getAsync,
  } as ResolutionContext;
}
