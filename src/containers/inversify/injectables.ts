/** What is injected under the façade's classes: bound at the root, and given by the scope that asks. */
import { Container, type ResolutionContext, type ServiceIdentifier } from 'inversify';
import type { AdapterScope } from '../../application/adapter-view.js';
import type { Application } from '../../application/application.js';
import { Events } from '../../application/events.js';
import { EventBus } from '../../bus/event-bus.js';
import { ScopedEmitter } from '../../dispatch/emitter.js';
import { EventQueue } from '../../queue/event-queue.js';
import { Scope } from '../../scope/scope.js';
import type { Binding } from './inversify-internals.js';
import type { ProgramActivations } from './program-activations.js';

/** The context of a container's own resolutions: a child without a scope has another. */
export const CONTEXT = Symbol.for(
  'carillon.inversify.context',
) as ServiceIdentifier<ResolutionContext>;

/** A container with a scope, as its façade sees it. */
export interface InjectingScope {
  readonly application: Application;
  /** The scope of what is built now. */
  current(): AdapterScope;
}

/** The same with what the program may have added. */
export interface AskedScope extends InjectingScope {
  readonly parent?: AskedScope | undefined;
  readonly wiring: { readonly activations: ProgramActivations };
  bindings(identifier: ServiceIdentifier): Iterable<Binding>;
}

type Giver = (owner: InjectingScope, context: ResolutionContext | undefined) => unknown;

const GIVERS: ReadonlyMap<ServiceIdentifier, Giver> = new Map<ServiceIdentifier, Giver>([
  [ScopedEmitter, (owner) => owner.current().emitter],
  [
    Events,
    (owner) => {
      const scope = owner.current();
      return new Events(scope, owner.application.bus, owner.application.queue);
    },
  ],
  [EventBus, (owner) => owner.current() && owner.application.bus],
  [EventQueue, (owner) => owner.current() && owner.application.queue],
  [Scope, (owner) => owner.current()],
  [CONTEXT, (_, context) => context],
]);

/** What the bindings of the façade would give by themselves. */
const NOTHING = () => undefined;

/** Gives a service of the façade; `undefined` for all others. */
export function facadeOf(identifier: ServiceIdentifier): Giver | undefined {
  return GIVERS.get(identifier);
}

/**
 * What the façade gives; `undefined` for what InversifyJS has to be asked, which also knows what the program has bound or added to it. A plan of
 * its own in each scope would cost more than all else that a request sends.
 */
export function givenByFacade(owner: AskedScope, identifier: ServiceIdentifier): unknown {
  const give = facadeOf(identifier);
  if (give === undefined || identifier === CONTEXT) return undefined;
  if (!isBoundByFacade(owner, identifier)) return undefined;
  return owner.wiring.activations.of(identifier) === undefined ? give(owner, undefined) : undefined;
}

/** Whether {@link bindFacade} has bound the service, and nobody else. */
function isBoundByFacade(owner: AskedScope, identifier: ServiceIdentifier): boolean {
  let place = owner;
  for (; place.parent !== undefined; place = place.parent)
    for (const _ of place.bindings(identifier)) return false;
  const [only, ...others] = place.bindings(identifier);
  return only?.value === NOTHING && others.length === 0;
}

/** Binds the services of the façade that are not bound in the root container. */
export function bindFacade(container: Container): void {
  for (const identifier of GIVERS.keys()) {
    if (container.isCurrentBound(identifier)) continue;
    // The container's own method would count as its use by the program.
    Container.prototype.bind.call(container, identifier).toDynamicValue(NOTHING).inTransientScope();
  }
}
