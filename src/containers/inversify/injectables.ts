/** What is injected is that of the scope that asks: given by its link in the place of what is bound at the root. */
import { Container, type ResolutionContext, type ServiceIdentifier } from 'inversify';
import { Events } from '../../application/events.js';
import { EventBus } from '../../bus/event-bus.js';
import { ScopedEmitter } from '../../dispatch/emitter.js';
import { EventQueue } from '../../queue/event-queue.js';
import { Scope } from '../../scope/scope.js';
import type { ContainerScope } from './container-scope.js';

/** The context of a container's own resolutions: a child without a scope has another. */
export const CONTEXT = Symbol.for(
  'carillon.inversify.context',
) as ServiceIdentifier<ResolutionContext>;

type Giver = (link: ContainerScope, context: ResolutionContext) => unknown;

const GIVERS: ReadonlyMap<ServiceIdentifier, Giver> = new Map<ServiceIdentifier, Giver>([
  [ScopedEmitter, (link) => link.current().emitter],
  [
    Events,
    (link) => {
      const scope = link.current();
      return new Events(scope, link.application.bus, link.application.queue);
    },
  ],
  [EventBus, (link) => link.current() && link.application.bus],
  [EventQueue, (link) => link.current() && link.application.queue],
  [Scope, (link) => link.current()],
  [CONTEXT, (_, context) => context],
]);

/** What gives a service of the façade; `undefined` for all others. */
export function facadeOf(identifier: ServiceIdentifier): Giver | undefined {
  return GIVERS.get(identifier);
}

/** Binds the façade in the container of an application, in the place of whatever is left of it. */
export function bindFacade(container: Container): void {
  for (const identifier of GIVERS.keys()) {
    if (container.isCurrentBound(identifier)) continue;
    // Its own method would take this for a use of it.
    Container.prototype.bind
      .call(container, identifier)
      .toDynamicValue(() => undefined)
      .inTransientScope();
  }
}
