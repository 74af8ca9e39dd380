/** A bound class that is built for each event, in a scope of its own. */
import { type Activation, type Activator, deliveryName } from '../../application/activation.js';
import { abandonedError } from '../../dispatch/handler.js';
import type { InterceptedDelivery } from '../../dispatch/interceptor.js';
import type { Run } from '../../dispatch/run.js';
import { isThenable } from '../../events/is-thenable.js';
import type { Scope } from '../../scope/scope.js';
import { HOST } from '../../scope/scope.js';
import type { ContainerScope } from './container-scope.js';
import { type Binding, isBuilt } from './inversify-internals.js';
import { openScope, scopeOf } from './open-scope.js';
import type { EventClassOwner } from './per-event-classes.js';
import type { ScopedContainer } from './scoped-container.js';

/** Fills the scope of one delivery, before anything is built in it. */
export type FillScope = (
  scope: ScopedContainer,
  delivery: InterceptedDelivery,
) => void | Promise<void>;

/** Stands for its instances in what is subscribed on the container's behalf. */
export class PerEventClass implements Activator {
  constructor(
    readonly owner: Pick<EventClassOwner, 'container'>,
    readonly binding: Binding,
    readonly onOpen: FillScope | undefined,
  ) {}

  open(run: Run): Activation {
    const container = openScope(this.owner.container, { name: deliveryName(run) });
    return new PerEventScope(container, this, run);
  }
}

/** Builds the class from a copy of its binding: even a singleton lives only for the delivery. */
class PerEventScope implements Activation {
  readonly scope: Scope;
  readonly #container: ScopedContainer;
  readonly #activated: PerEventClass;
  readonly #run: Run;

  constructor(container: ScopedContainer, activated: PerEventClass, run: Run) {
    this.scope = scopeOf(container);
    this.#container = container;
    this.#activated = activated;
    this.#run = run;
  }

  build(): unknown {
    const { binding, onOpen } = this.#activated;
    const copy = (this.#container as ScopedContainer & { [HOST]: ContainerScope })[HOST].bindCopy(
      binding,
    );
    const filled = onOpen?.(this.#container, this.#run.delivery);
    return isThenable(filled) ? filled.then(() => this.#resolve(copy)) : this.#resolve(copy);
  }

  /** The container always gives a promise, also for what has been built by then. */
  #resolve(copy: Binding): unknown {
    if (this.scope.state !== 'open') throw abandonedError(this.#run.handler);
    const resolved = this.#container.getAsync<unknown>(copy.serviceIdentifier);
    const { value } = copy.cache ?? {};
    return isBuilt(copy) && !isThenable(value) ? value : resolved;
  }
}
