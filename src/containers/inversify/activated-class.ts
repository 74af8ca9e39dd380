/** A bound class that is built for each event, in a scope of its own. */
import { eventName } from '../../../decorators/event-name.js';
import { AbandonedError } from '../../dispatch/abandoned-error.js';
import type { InterceptedDelivery } from '../../dispatch/interceptor.js';
import type { Run } from '../../dispatch/run.js';
import { isThenable } from '../../events/is-thenable.js';
import type { Scope } from '../../scope/scope.js';
import type { Activation, Activator } from '../activation.js';
import { type ContainerLink, LINK } from './container-link.js';
import { openScope, scopeOf } from './open-scope.js';
import type { ScopedContainer } from './scoped-container.js';
import { type Binding, isBuilt } from './services.js';

/** Fills the scope of one delivery, before anything is built in it. */
export type FillScope = (scope: ScopedContainer, delivery: InterceptedDelivery) => void | Promise<void>;

/** Stands for its instances in what is subscribed on the container's behalf. */
export class ActivatedClass implements Activator {
  constructor(
    readonly link: ContainerLink,
    readonly binding: Binding,
    readonly onOpen: FillScope | undefined,
  ) {}

  open(run: Run): Activation {
    const { handler, frame } = run;
    const name = `${handler.plan.className} ${eventName(frame?.key ?? handler.plan.event)}`;
    return new ActivatedScope(openScope(this.link.container, { name }), this, run);
  }
}

/** Builds the class by a copy of its binding: not even a singleton outlives the delivery. */
class ActivatedScope implements Activation {
  readonly scope: Scope;
  readonly #container: ScopedContainer;
  readonly #activated: ActivatedClass;
  readonly #run: Run;

  constructor(container: ScopedContainer, activated: ActivatedClass, run: Run) {
    this.scope = scopeOf(container);
    this.#container = container;
    this.#activated = activated;
    this.#run = run;
  }

  build(): unknown {
    const { binding, onOpen } = this.#activated;
    const copy = (this.#container as ScopedContainer & { [LINK]: ContainerLink })[LINK].bindCopy(binding);
    const filled = onOpen?.(this.#container, this.#run.delivery);
    return isThenable(filled) ? filled.then(() => this.#resolve(copy)) : this.#resolve(copy);
  }

  /** The container gives a promise in any case; what has been built by then needs no waiting. */
  #resolve(copy: Binding): unknown {
    if (this.scope.state !== 'open') throw new AbandonedError(this.#run);
    const resolved = this.#container.getAsync<unknown>(copy.serviceIdentifier);
    const { value } = copy.cache ?? {};
    return isBuilt(copy) && !isThenable(value) ? value : resolved;
  }
}
