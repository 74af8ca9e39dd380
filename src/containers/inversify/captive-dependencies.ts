/** What a plan shows before it is followed: singletons of ancestors, and what of a shorter life they would hold. */
import type { ServiceIdentifier } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { AdapterScope } from '../../application/adapter-view.js';
import type { Application } from '../../application/application.js';
import {
  type Binding,
  type BindingNode,
  isBuilt,
  isLeaf,
  nameOfBinding,
  type Selector,
  type ServiceNode,
} from './inversify-internals.js';
import { bindingNodes, injections } from './plan-tree.js';
import type { Beginning } from './resolve-binding.js';

/** A container with a scope, in the row of those above it. */
export interface SingletonOwner {
  readonly application: Application;
  readonly scope: AdapterScope;
  readonly parent?: SingletonOwner | undefined;
  /** Whether the binding is one of this container. */
  owns(binding: Binding): boolean;
  bindings(identifier: ServiceIdentifier): Iterable<Binding>;
  /** Begins to build a singleton from here, as the selector asks for it. */
  begin(binding: Binding, selector: Selector): Beginning;
}

/**
 * Builds each singleton of an ancestor that the plan needs, from the container that owns it, so that what is injected into it belongs to the
 * same container. Where that container lacks something that the asking one has, this is reported as `CAR2003`, once for each pair.
 *
 * @param selector what the plan was asked for with
 */
export function settleSingletons(
  asker: SingletonOwner,
  root: ServiceNode,
  selector: Selector,
): void {
  const only = root.bindings;
  // Most plans of a scope are for one thing that needs no other.
  if (isLeaf(only) && !isOwedAbove(only.binding, asker)) return;
  new PlanWalk(asker).visit(root, selector);
}

/** Whether it is a singleton that another container owns and has not built. */
function isOwedAbove(binding: Binding, asker: SingletonOwner): boolean {
  return binding.scope === 'Singleton' && !isBuilt(binding) && !asker.owns(binding);
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

  visit(node: ServiceNode, selector: Selector): void {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    for (const one of bindingNodes(node)) this.#visitBinding(one, selector);
  }

  #visitBinding(node: BindingNode, selector: Selector): void {
    const { binding } = node;
    if (isBuilt(binding)) return;
    if (binding.scope === 'Singleton') {
      const owner = ownerOf(this.#asker.parent, binding);
      const begun = owner?.begin(binding, selector);
      for (const identifier of begun?.missing ?? [])
        this.#reportPath(owner as SingletonOwner, [binding, this.#heldFor(owner, identifier)]);
      if (begun?.isPlanned === true) return;
      if (owner !== undefined) this.#reportPath(owner, this.#pathFrom(owner, node));
    }
    for (const [dependency, asked] of injections(node, selector)) this.visit(dependency, asked);
  }

  #pathFrom(owner: SingletonOwner, holder: BindingNode): readonly Binding[] {
    return pathTo(holder, (binding) => isBelow(this.#asker, owner, binding), new Set()) ?? NO_PATH;
  }

  /** What the asker's container gives to a function that the owner's has nothing for; a singleton of the owner reports itself. */
  #heldFor(owner: SingletonOwner | undefined, identifier: ServiceIdentifier): Binding | undefined {
    let place: SingletonOwner | undefined = this.#asker;
    for (; place !== undefined; place = place.parent) {
      const [held] = place.bindings(identifier);
      if (held !== undefined)
        return place === owner && held.scope === 'Singleton' ? undefined : held;
    }
    return undefined;
  }

  #reportPath(owner: SingletonOwner, path: readonly (Binding | undefined)[]): void {
    const [holder, held] = [path[0], path.at(-1)];
    if (holder === undefined || held === undefined) return;
    const { application, scope } = owner;
    if (
      !application.isNewReport(
        `CAR2003 ${holder.id}`,
        held.implementationType ?? held.serviceIdentifier,
      )
    )
      return;
    const names = (path as readonly Binding[]).map(nameOfBinding);
    const [first, last] = [names[0], names.at(-1)];
    scope.runtime.report(
      new CarillonError(
        'CAR2003',
        `${first} of scope "${scope.name}" holds ${last} of scope "${this.#asker.scope.name}", which ends first: ${names.join(' -> ')}. Bind ${last} where ${first} is bound, or bind ${first} in the scope that needs it.`,
      ),
    );
  }
}

const NO_PATH: readonly Binding[] = [];

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
  for (const [dependency] of injections(node)) {
    if (seen.has(dependency)) continue;
    seen.add(dependency);
    for (const one of bindingNodes(dependency)) {
      const path = pathTo(one, matches, seen);
      if (path !== undefined) return [node.binding, ...path];
    }
  }
  return undefined;
}
