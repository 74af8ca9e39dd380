/** What a plan shows before it is followed: singletons of ancestors, and what of a shorter life they would hold. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { AdapterScope } from '../../application/adapter-view.js';
import type { Application } from '../../application/application.js';
import {
  type Binding,
  type BindingNode,
  isBuilt,
  isLeaf,
  nameOfBinding,
  type ServiceNode,
} from './inversify-internals.js';

/** A container with a scope, in the row of those above it. */
export interface SingletonOwner {
  readonly application: Application;
  readonly scope: AdapterScope;
  readonly parent?: SingletonOwner | undefined;
  /** Whether the binding is one of this container. */
  owns(binding: Binding): boolean;
  /** Begins to build a singleton from here; returns `false` where the container has not all that it needs. */
  begin(binding: Binding): boolean;
}

/**
 * Builds each singleton of an ancestor that the plan needs, from the container that owns it, so that what is injected into it belongs to the
 * same container. Where that container lacks something that the asking one has, this is reported as `CAR2003`, once for each pair.
 */
export function settleSingletons(asker: SingletonOwner, root: ServiceNode): void {
  const only = root.bindings;
  // Most plans of a scope are for one thing that needs no other.
  if (isLeaf(only) && (isBuilt(only.binding) || asker.owns(only.binding))) return;
  new PlanWalk(asker).visit(root);
}

/** `CAR2004`: an instance with handlers was built by a container that has no scope to own it. */
export function reportPlainChild(
  { application, scope }: Pick<SingletonOwner, 'application' | 'scope'>,
  handlerClass: object,
): void {
  if (!application.isNewReport('CAR2004', handlerClass)) return;
  const { name } = handlerClass as { readonly name: string };
  scope.runtime.report(
    new CarillonError(
      'CAR2004',
      `${name} was resolved from a plain child of scope "${scope.name}", which nobody would end: its handlers hear nothing. Write openScope(parent) in place of new Container({ parent }).`,
    ),
  );
}

class PlanWalk {
  readonly #asker: SingletonOwner;
  readonly #seen = new Set<ServiceNode>();

  constructor(asker: SingletonOwner) {
    this.#asker = asker;
  }

  visit(node: ServiceNode): void {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    for (const one of bindingNodes(node)) this.#visitBinding(one);
  }

  #visitBinding(node: BindingNode): void {
    const { binding } = node;
    if (isBuilt(binding)) return;
    if (binding.scope === 'Singleton') {
      const owner = ownerOf(this.#asker.parent, binding);
      if (owner?.begin(binding) === true) return;
      if (owner !== undefined) this.#reportCaptive(owner, node);
    }
    for (const dependency of dependencies(node)) this.visit(dependency);
  }

  #reportCaptive(owner: SingletonOwner, holder: BindingNode): void {
    const path = pathTo(holder, (binding) => isBelow(this.#asker, owner, binding), new Set());
    const held = path?.at(-1);
    if (path === undefined || held === undefined) return;
    const { application, scope } = owner;
    if (
      !application.isNewReport(
        `CAR2003 ${holder.binding.id}`,
        held.implementationType ?? held.serviceIdentifier,
      )
    )
      return;
    const [first, last] = [nameOfBinding(holder.binding), nameOfBinding(held)];
    scope.runtime.report(
      new CarillonError(
        'CAR2003',
        `${first} of scope "${scope.name}" holds ${last} of scope "${this.#asker.scope.name}", which ends first: ${path.map(nameOfBinding).join(' -> ')}. Bind ${last} where ${first} is bound, or bind ${first} in the scope that needs it.`,
      ),
    );
  }
}

/** The container, from the given one upwards, that has the binding. */
function ownerOf(from: SingletonOwner | undefined, binding: Binding): SingletonOwner | undefined {
  for (let owner = from; owner !== undefined; owner = owner.parent)
    if (owner.owns(binding)) return owner;
  return undefined;
}

/** Whether the binding belongs to the asker or to a container between it and the owner. */
function isBelow(asker: SingletonOwner, owner: SingletonOwner, binding: Binding): boolean {
  for (
    let step: SingletonOwner | undefined = asker;
    step !== undefined && step !== owner;
    step = step.parent
  ) {
    if (step.owns(binding)) return true;
  }
  return false;
}

/** The path of injections from the node to the first binding that matches. */
function pathTo(
  node: BindingNode,
  matches: (binding: Binding) => boolean,
  seen: Set<ServiceNode>,
): Binding[] | undefined {
  if (matches(node.binding)) return [node.binding];
  for (const dependency of dependencies(node)) {
    if (seen.has(dependency)) continue;
    seen.add(dependency);
    for (const one of bindingNodes(dependency)) {
      const path = pathTo(one, matches, seen);
      if (path !== undefined) return [node.binding, ...path];
    }
  }
  return undefined;
}

function* dependencies({
  constructorParams,
  propertyParams,
  params,
  redirection,
  redirections,
}: BindingNode): Generator<ServiceNode> {
  for (const param of constructorParams ?? [])
    if (param !== undefined && 'bindings' in param) yield param;
  yield* propertyParams?.values() ?? [];
  yield* params ?? [];
  if (redirection !== undefined) yield redirection;
  if (redirections !== undefined)
    yield { serviceIdentifier: 'redirections', bindings: redirections };
}

function bindingNodes({ bindings }: ServiceNode): readonly BindingNode[] {
  if (bindings === undefined) return [];
  return Array.isArray(bindings) ? (bindings as readonly BindingNode[]) : [bindings as BindingNode];
}
