/** The methods of a container that takes part, in the place of awilix' own. */

import type { AwilixContainer } from 'awilix';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { hasMethods } from '../../../decorators/check-options.js';
import { adapterScope } from '../../application/adapter-view.js';
import type { Events } from '../../application/events.js';
import { OPEN_SCOPE } from '../../application/scope-opener.js';
import type { EventBus } from '../../bus/event-bus.js';
import { ASYNC_DISPOSE, DISPOSE } from '../../dispatch/dispose-symbols.js';
import type { ScopedEmitter } from '../../dispatch/emitter.js';
import type { EventQueue } from '../../queue/event-queue.js';
import { assertSameCopy, HOST, Scope, type ScopeHost } from '../../scope/scope.js';
import type { ScopeOptions } from '../../scope/scope-options.js';
import {
  type Begun,
  ContainerNode,
  type ContainerTree,
  type Hooked,
  NODE,
} from './container-node.js';
import { type AnyContainer, registered } from './resolvers.js';

/** What the cradle of a container with events has besides: each is that of the scope that asks. */
export interface EventsCradle {
  /** Sends events: `emit`, `publish`, `defer`. */
  readonly events: Events;
  /** The emitter of the scope: also listens. */
  readonly emitter: ScopedEmitter;
  /** The lifetime: spawns, leases, disposes. */
  readonly scope: Scope;
  /** Publishes and subscribes; that of the application. */
  readonly bus: EventBus;
  /** Defers, counts, retries; that of the application. */
  readonly queue: EventQueue;
}

/** A scope of awilix with a scope of its own, which ends its handlers and then disposes what it has built. */
export type ScopedContainer<Cradle extends object = object> = AwilixContainer<Cradle> & {
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/** The methods that are replaced, whatever the types of what they are given. */
interface Replaced {
  register: (first: unknown, second?: unknown) => unknown;
  createScope: () => unknown;
  build: (target: never, options: never) => unknown;
  dispose: () => Promise<void>;
}

/** Whether the container, or one above it, takes part in an application. */
export function isHooked(container: AnyContainer): boolean {
  return NODE in container;
}

/** Has the container take part: with that scope, or as a plain one. */
export function hook(
  tree: ContainerTree,
  container: AnyContainer,
  begun: Begun,
  parent?: ContainerNode,
): ContainerNode {
  const { register, createScope, dispose, build } = container;
  const own = { register, createScope, dispose, build };
  const node = new ContainerNode({ tree, container, own, parent }, begun);
  Object.defineProperty(container, NODE, { value: node, configurable: true, writable: true });
  replaceMethods(container as object as Replaced, node);
  // awilix gives each container a shape of its own, so every property that is added costs the engine one more.
  if (node.hasScope) Object.setPrototypeOf(container, scopedOver(Object.getPrototypeOf(container)));
  return node;
}

/** Opens a container with a scope below that of the node. */
export function openChild(above: ContainerNode, options?: ScopeOptions): ContainerNode {
  const { nearest, tree } = above;
  nearest.assertOpen();
  const scope = adapterScope(new Scope(nearest.runtime, options, nearest));
  return hook(tree, above.own.createScope(), { scope, options }, above);
}

/**
 * What takes part of a container with a scope.
 *
 * @throws CarillonError `CAR2001` when the container has none of its own, `CAR2013` for what is no container of awilix
 */
export function nodeOf(container: object): ContainerNode {
  const { [HOST]: host, [NODE]: node } = (container ?? {}) as Hooked;
  if (host !== undefined) assertSameCopy(host);
  if (host !== undefined && node !== undefined) return node;
  if (!hasMethods(container, ['register', 'resolve'])) {
    throw new CarillonError(
      'CAR2013',
      'A function of carillon/awilix was given no container of awilix. Give the container itself; if it is a promise, await it first.',
    );
  }
  throw new CarillonError(
    'CAR2001',
    node === undefined
      ? 'The container has no scope. Call addEvents(container) first.'
      : `The container is a plain scope of awilix in scope "${node.nearest.name}". Open it with openScope(parent).`,
  );
}

/** Registers what the cradle has besides, as far as the program has nothing under those names. */
export function registerFacade({ container, own, tree }: ContainerNode): void {
  const { application } = tree;
  const scopeOf = (asker: AnyContainer) => nodeIn(asker).nearest;
  const givers: Readonly<Record<keyof EventsCradle, (asker: AnyContainer) => unknown>> = {
    events: (asker) => application.eventsOf(scopeOf(asker)),
    emitter: (asker) => scopeOf(asker).emitter,
    scope: scopeOf,
    bus: () => application.bus,
    queue: () => application.queue,
  };
  for (const [name, resolve] of Object.entries(givers))
    if (!container.hasRegistration(name))
      own.register(name, { resolve: resolve as never, isLeakSafe: true });
}

function nodeIn(hooked: object): ContainerNode {
  return (hooked as Required<Hooked>)[NODE];
}

/** awilix' own methods know their container, also when they are called on their own. */
function replaceMethods(container: Replaced, node: ContainerNode): void {
  const { own, tree } = node;
  container.register = (first: unknown, second?: unknown) => {
    for (const [name, resolver] of registered(first, second)) node.register(name, resolver);
    return container;
  };
  container.createScope = () => hook(tree, own.createScope(), {}, node).container;
  container.build = (target: never, options: never) => node.build(target, options);
  container.dispose = () => node.dispose();
}

/** What a container with a scope has under names that awilix does not know. */
const SCOPED = {
  get [HOST](): ScopeHost {
    return nodeIn(this);
  },

  [OPEN_SCOPE](options?: ScopeOptions): AnyContainer {
    return openChild(nodeIn(this), options).container;
  },

  [DISPOSE](): void {
    nodeIn(this).scope.dispose();
  },

  async [ASYNC_DISPOSE](): Promise<void> {
    await nodeIn(this).dispose();
  },
};

/** The program may have given its container methods of its own by a prototype. */
function scopedOver(prototype: object | null): object {
  if (prototype === Object.prototype) return SCOPED;
  return Object.create(prototype, Object.getOwnPropertyDescriptors(SCOPED)) as object;
}
