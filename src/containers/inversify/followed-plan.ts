/** Prepares a plan so that what it builds is known to its build. */
import type { ResolutionContext, ServiceIdentifier } from 'inversify';
import type { AdapterScope } from '../../application/adapter-view.js';
import type { Application } from '../../application/application.js';
import { isThenable } from '../../events/is-thenable.js';
import { Unbuilt } from './binding-cache.js';
import { BuildContext, baseContext, followContext } from './build-context.js';
import type { Builds } from './builds.js';
import { facadeOf } from './injectables.js';
import {
  type Binding,
  type BindingNode,
  isBuilt,
  isLeaf,
  type ServiceNode,
} from './inversify-internals.js';
import { classOf } from './per-event-classes.js';
import { bindingNodes, injections } from './plan-tree.js';

/** A container as its plans are followed. */
export interface FollowedContainer {
  readonly application: Application;
  readonly builds: Builds;
  readonly scope: AdapterScope;
  /** The context of its resolutions. */
  ownContext(): ResolutionContext;
}

/** Which services may be built whose instances have handlers; `undefined` where a function decides. */
type Services = ReadonlySet<ServiceIdentifier> | undefined;

interface Params {
  readonly context: ResolutionContext;
}

/** Since version 8 a node resolves itself. */
interface ResolvingNode extends ServiceNode {
  resolve?(params: Params): unknown;
}

const NONE: Services = new Set();

/** Follows what the plan builds, unless nothing of it is wired but singletons. */
export function followPlan(owner: FollowedContainer, root: ResolvingNode): void {
  const only = root.bindings;
  // Most plans of a scope are for one thing that needs no other: it has been built, or it has not.
  if (isLeaf(only) && !callsWithContext(only.binding)) return;
  const services = new PlannedServices(owner).visit(root);
  if (services?.size === 0) return;
  const { builds } = owner;
  const depth = depthOf(owner.scope);
  const resolve = root.resolve?.bind(root);
  if (resolve === undefined) {
    if (services === undefined) followContext(owner.ownContext(), builds, depth);
    return;
  }
  root.resolve = (params) => {
    const build = builds.resolution();
    if (build === undefined || isBuiltSingleton(root)) return resolve(params);
    const base = baseContext(params.context);
    followContext(base, builds, depth);
    return resolve({ ...params, context: new BuildContext(base, build, builds) });
  };
}

/**
 * How many emits are under way. Made apart from what follows a plan: a context that outlives the plan keeps this, and all that the function
 * around it would hold.
 */
function depthOf({ runtime }: AdapterScope): () => number {
  return () => runtime.depth;
}

/** The functions that have taken the place of a binding's own. */
const following = new WeakSet<ContextFunction>();

type ContextFunction = (context: ResolutionContext) => unknown;

/** Has what the binding's function asks be a part of what is being built. */
function followFunction(binding: Binding, builds: Builds): void {
  const { type } = binding;
  if (type === 'DynamicValue') replace(binding, 'value', (value) => withOwnContext(value, builds));
  // What it makes is called whenever somebody likes to.
  if (type === 'Factory')
    replace(binding, 'factory', (make) => (context) => make(baseContext(context)));
}

function replace(
  binding: Binding,
  name: 'value' | 'factory',
  around: (original: ContextFunction) => ContextFunction,
): void {
  const original = binding[name] as ContextFunction;
  if (following.has(original)) return;
  const replacement = around(original);
  following.add(replacement);
  Object.assign(binding, { [name]: replacement });
}

/** Its context may be kept by what it returns, which is no part of the build once that has been built. */
function withOwnContext(value: ContextFunction, builds: Builds): ContextFunction {
  return (context) => {
    const known = context instanceof BuildContext ? context.build : undefined;
    const build = builds.innermost() ?? known;
    if (build === undefined) return value(context);
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    let result: unknown;
    try {
      result = value(new BuildContext(baseContext(context), build, builds, () => isOver));
    } catch (error) {
      end();
      throw error;
    }
    if (isThenable(result)) result.then(end, end);
    else end();
    return result;
  };
}

/** Walks a plan, and has each singleton that may hold what has handlers tell when its building begins. */
class PlannedServices {
  readonly #owner: FollowedContainer;
  readonly #known = new Map<ServiceNode, Services>();

  constructor(owner: FollowedContainer) {
    this.#owner = owner;
  }

  visit(node: ServiceNode): Services {
    if (this.#known.has(node)) return this.#known.get(node);
    this.#known.set(node, NONE);
    let services = NONE;
    for (const one of bindingNodes(node)) services = union(services, this.#visitBinding(one));
    this.#known.set(node, services);
    return services;
  }

  #visitBinding(node: BindingNode): Services {
    const { binding } = node;
    if (isBuilt(binding) || facadeOf(binding.serviceIdentifier) !== undefined) return NONE;
    followFunction(binding, this.#owner.builds);
    const below = isLeaf(node) ? NONE : this.#below(node);
    const services = callsWithContext(binding) ? undefined : below;
    if (binding.scope !== 'Singleton') return union(services, this.#own(binding));
    if (services?.size !== 0) this.#follow(binding, services);
    return services;
  }

  #below(node: BindingNode): Services {
    let services = NONE;
    for (const [dependency] of injections(node)) services = union(services, this.visit(dependency));
    return services;
  }

  #follow(binding: Binding, services: Services): void {
    const { cache } = binding;
    // The copies that a snapshot makes share it.
    if (cache instanceof Unbuilt && cache.binding === binding) cache.mayAlsoHold(services);
    else binding.cache = new Unbuilt(binding, this.#owner.builds, services);
  }

  #own(binding: Binding): Services {
    const { plans } = this.#owner.application;
    const isWired =
      binding.type === 'ResolvedValue' || plans.ofPrototype(classOf(binding)).length > 0;
    return isWired ? new Set([binding.serviceIdentifier]) : NONE;
  }
}

/** Whether a function is called that may ask its context for anything. */
function callsWithContext({ type, onActivation }: Binding): boolean {
  return (
    type === 'DynamicValue' ||
    type === 'Factory' ||
    type === 'Provider' ||
    onActivation !== undefined
  );
}

function isBuiltSingleton({ bindings }: ServiceNode): boolean {
  return bindings !== undefined && 'binding' in bindings && isBuilt(bindings.binding);
}

function union(one: Services, other: Services): Services {
  if (one === undefined || other === undefined) return undefined;
  if (one.size === 0) return other;
  return other.size === 0 ? one : new Set([...one, ...other]);
}
