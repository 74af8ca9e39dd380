/** The event and the classes with handlers that the cases of the containers bind. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { On } from '../../../decorators/handlers.js';
import type { ServiceClass, TestedContainer } from '../container-world.js';

/** One of the decorators, with what it was given. */
type Decorator = (...args: never[]) => void;

export class Rang {
  constructor(readonly note = '') {}
}

/** Remembers what it has heard. */
export class Bell {
  readonly heard: string[] = [];

  hear({ note }: Rang): void {
    this.heard.push(note);
  }
}
handles(Bell, 'hear', On(Rang));

/** Holds what was injected. */
export class Tower {
  readonly held: readonly object[];

  constructor(...held: object[]) {
    this.held = held;
  }
}

/** Decorates a method. Called, so that the cases compile under either kind of decorators. */
export function handles(service: ServiceClass, method: string, decorate: Decorator): void {
  const descriptor = Object.getOwnPropertyDescriptor(service.prototype, method);
  (decorate as unknown as (target: object, method: string, descriptor: unknown) => void)(
    service.prototype,
    method,
    descriptor,
  );
}

/** A class of its own with one handler. */
export function listener(
  hear: (event: never, delivery: never) => unknown,
  decorate: Decorator = On(Rang),
): ServiceClass {
  class Listener {
    hear(event: unknown, delivery: unknown): unknown {
      return hear(event as never, delivery as never);
    }
  }
  handles(Listener, 'hear', decorate);
  return Listener;
}

/** Binds a class as a singleton, and builds it. */
export function build(
  container: TestedContainer,
  service: string,
  serviceClass: ServiceClass,
): object {
  container.bind(service, { class: serviceClass, lifetime: 'singleton' });
  return container.get(service);
}

/** The same for a {@link Bell}. */
export function buildBell(container: TestedContainer, service = 'bell'): Bell {
  return build(container, service, Bell) as Bell;
}

/** Emits to the scope of the container. */
export function ring(container: TestedContainer, note = ''): void {
  container.scope.emitter.emit(new Rang(note));
}

/** How many handlers of the event listen to the scope of the container. */
export function listeners({ scope }: TestedContainer): number {
  return scope.emitter.listenerCount(Rang);
}

/** A method that the adapter must have, since its capabilities do not rule it out. */
export function given<M>(method: M | undefined, name: string): M {
  if (method !== undefined) return method;
  throw new CarillonError(
    'CAR7054',
    `The adapter has no ${name}. Give it, or say ${name}: false in the capabilities.`,
  );
}
