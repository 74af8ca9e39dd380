/** The methods of a container that takes part: by their exact names in place of tsyringe's own. */
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { hasMethods } from '../../../decorators/check-options.js';
import { adapterScope } from '../../application/adapter-view.js';
import { Events } from '../../application/events.js';
import { OPEN_SCOPE } from '../../application/scope-opener.js';
import { EventBus } from '../../bus/event-bus.js';
import { ASYNC_DISPOSE, DISPOSE } from '../../dispatch/dispose-symbols.js';
import { ScopedEmitter } from '../../dispatch/emitter.js';
import { EventQueue } from '../../queue/event-queue.js';
import { assertSameCopy, HOST, Scope, type ScopeHost } from '../../scope/scope.js';
import type { ScopeOptions } from '../../scope/scope-options.js';
import { ContainerNode } from './container-node.js';
import type { Context, Internals, Registration } from './tsyringe-internals.js';

/** A child container with a scope of its own, which ends its handlers and then disposes what it has built. */
export interface ScopedContainer extends DependencyContainer {
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const NODE = Symbol.for('carillon.tsyringe.node');

interface Hooked extends Internals {
  [NODE]: ContainerNode;
  readonly [HOST]?: ScopeHost | undefined;
}

/** Whether the container, or one above it, takes part in an application. */
export function isHooked(container: Internals): boolean {
  return NODE in container || (container.parent ? isHooked(container.parent) : false);
}

/** Has the container take part. */
export function hook(node: ContainerNode): void {
  const { container } = node;
  Object.setPrototypeOf(container, hooksOver(Object.getPrototypeOf(container) as Internals));
  Object.defineProperty(container, NODE, { value: node, configurable: true, writable: true });
}

/** Opens a child container with a scope below that of the node. */
export function openChild(above: ContainerNode, options?: ScopeOptions): ContainerNode {
  const { nearest, tree } = above;
  nearest.assertOpen();
  const scope = adapterScope(new Scope(nearest.runtime, options, nearest));
  return joined(new ContainerNode(tree, newChild(above), scope, above));
}

/**
 * What takes part of a container with a scope.
 *
 * @throws CarillonError `CAR2001` when the container has none of its own, `CAR2013` for what is no container of tsyringe
 */
export function nodeOf(container: DependencyContainer): ContainerNode & { readonly scope: Scope } {
  const { [HOST]: host, [NODE]: node } = (container ?? {}) as unknown as Partial<Hooked>;
  if (host !== undefined) assertSameCopy(host);
  if (host !== undefined && node !== undefined)
    return node as ContainerNode & { readonly scope: Scope };
  if (!hasMethods(container, ['register', 'resolve'])) {
    throw new CarillonError(
      'CAR2013',
      'A function of carillon/tsyringe was given no container of tsyringe. Give the container itself; if it is a promise, await it first.',
    );
  }
  throw new CarillonError(
    'CAR2001',
    node === undefined
      ? 'The container has no scope. Call addEvents(container) first.'
      : `The container is a plain child of one in scope "${node.nearest.name}". Open it with openScope(parent).`,
  );
}

/** What is injected under the classes of the façade. */
const GIVERS = new Map<InjectionToken, (node: ContainerNode) => unknown>([
  [Events, ({ tree, nearest }) => tree.application.eventsOf(nearest)],
  [ScopedEmitter as unknown as InjectionToken, ({ nearest }) => nearest.emitter],
  [Scope as unknown as InjectionToken, ({ nearest }) => nearest],
  [EventBus as unknown as InjectionToken, ({ tree }) => tree.application.bus],
  [EventQueue as unknown as InjectionToken, ({ tree }) => tree.application.queue],
]);

/** The classes of the façade. */
export const FACADE: ReadonlySet<InjectionToken> = new Set(GIVERS.keys());

/** Registers the façade, as far as the program has not. */
export function registerFacade({ container, tree }: ContainerNode): void {
  const { base } = tree;
  for (const [token, give] of GIVERS)
    if (!container.isRegistered(token))
      base.register.call(container, token, { useFactory: (asker: Hooked) => give(asker[NODE]) });
}

const hooks = new WeakMap<Internals, object>();

/** The methods over those of tsyringe's class, of which a program may have two copies. */
function hooksOver(base: Internals): object {
  let over = hooks.get(base);
  if (over === undefined) {
    over = Object.create(base, Object.getOwnPropertyDescriptors(METHODS)) as object;
    hooks.set(base, over);
  }
  return over;
}

const METHODS = {
  register(this: Hooked, token: InjectionToken, ...given: [never, never?]): Internals {
    const node = this[NODE];
    node.tree.base.register.call(this, token, ...given);
    node.adoptLast(token);
    return this;
  },

  resolveRegistration(this: Hooked, registration: Registration, context: Context): unknown {
    return this[NODE].resolve(registration, context);
  },

  construct(this: Hooked, service: unknown, context: Context): unknown {
    return this[NODE].construct(service, context);
  },

  createChildContainer(this: Hooked): Internals {
    const above = this[NODE];
    return joined(new ContainerNode(above.tree, newChild(above), undefined, above)).container;
  },

  clearInstances(this: Hooked): void {
    const node = this[NODE];
    node.tree.base.clearInstances.call(this);
    node.forgetInstances();
  },

  reset(this: Hooked): void {
    const node = this[NODE];
    node.tree.base.reset.call(this);
    node.forgetAll();
    if (node.parent === undefined) registerFacade(node);
  },

  async dispose(this: Hooked): Promise<void> {
    const { scope, tree } = this[NODE];
    if (scope === undefined) await tree.base.dispose.call(this);
    else await scope.disposeAsync();
  },

  get [HOST](): ScopeHost | undefined {
    const { scope, tree } = (this as object as Hooked)[NODE];
    return scope === undefined ? undefined : { scope, application: tree.application };
  },

  [OPEN_SCOPE](this: Hooked, options?: ScopeOptions): Internals {
    return openChild(nodeOf(this as unknown as DependencyContainer), options).container;
  },

  [DISPOSE](this: Hooked): void {
    nodeOf(this as unknown as DependencyContainer).scope.dispose();
  },

  async [ASYNC_DISPOSE](this: Hooked): Promise<void> {
    await this.dispose();
  },
};

function newChild({ container, tree }: ContainerNode): Internals {
  return tree.base.createChildContainer.call(container);
}

function joined(node: ContainerNode): ContainerNode {
  hook(node);
  node.adoptAll();
  return node;
}
