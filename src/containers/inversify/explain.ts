/** Tells why a handler is wired, or why it is not. */
import type { Container, Newable } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { ownDeclarations } from '../../../decorators/declaration.js';
import { eventName } from '../../../decorators/event-key.js';
import {
  type ExplainedBinding,
  type ExplainedHandler,
  Explanation,
  type WiredHandler,
} from '../../application/explanation.js';
import type { Handler, HandlerPlan } from '../../dispatch/handler.js';
import type { Scope } from '../../scope/scope.js';
import type { ContainerScope } from './container-scope.js';
import { type Binding, isBuilt, nameOfService } from './inversify-internals.js';
import { containerScopeOf } from './open-scope.js';
import { PerEventClass } from './per-event-class.js';

/**
 * Tells whether each handler of a class is wired: to what, which scope owns it and why, and what ends it. For one that is not wired, it
 * tells why, and what to do.
 *
 * It looks for bindings in the container and those above it, and for instances in the whole application.
 *
 * @throws CarillonError `CAR2001` when the container has no scope, `CAR2006` for something that is not a class
 * @example
 * console.log(String(explain(container, OrderCounter)));
 */
export function explain(container: Container, service: Newable<object>): Explanation {
  if (typeof service !== 'function') {
    throw new CarillonError(
      'CAR2006',
      `explain() was given ${typeof service}, not a class. Give the class with the handlers.`,
    );
  }
  const asked = containerScopeOf(container);
  const bindings = [...bindingsOf(asked, service)];
  const { plans: all } = asked.application;
  const plans = [...all.ofPrototype(service.prototype), ...all.activated(service.prototype)];
  return new Explanation(
    service.name,
    asked.scope.name,
    bindings.map(({ owner, binding }) => explainBinding(owner, binding)),
    [
      ...plans.map((plan) => explainHandler(asked, service, plan, bindings)),
      ...replacedHandlers(service, plans),
    ],
  );
}

const HAS_RUN = 'it has run, and hears one event only. Use @On to hear each.';

interface Bound {
  readonly owner: ContainerScope;
  readonly binding: Binding;
}

function* bindingsOf(from: ContainerScope, service: Newable<object>): Generator<Bound> {
  for (let owner: ContainerScope | undefined = from; owner !== undefined; owner = owner.parent) {
    for (const binding of owner.allBindings()) {
      const { implementationType, serviceIdentifier, type, value } = binding;
      const gives =
        implementationType === service || (type === 'ConstantValue' && value instanceof service);
      if (gives || (serviceIdentifier === service && implementationType === undefined))
        yield { owner, binding };
    }
  }
}

function explainBinding(owner: ContainerScope, binding: Binding): ExplainedBinding {
  const { scope = 'Transient' } = binding;
  return {
    service: nameOfService(binding.serviceIdentifier),
    scope,
    owner: owner.scope.name,
    built: isBuilt(binding),
  };
}

function explainHandler(
  asked: ContainerScope,
  service: Newable<object>,
  plan: HandlerPlan,
  bindings: readonly Bound[],
): ExplainedHandler {
  const handlers: {
    readonly scope: Scope;
    readonly instance: object;
    readonly handler: Handler;
  }[] = [];
  for (const scope of asked.application.scope.tree()) {
    for (const [instance, own] of scope.instances) {
      for (const handler of own)
        if ((handler.plan.declared ?? handler.plan) === (plan.declared ?? plan))
          handlers.push({ scope, instance, handler });
    }
  }
  const reason = () => (handlers.length > 0 ? HAS_RUN : reasonAgainst(asked, service, bindings));
  const wired = handlers
    .filter(({ handler }) => handler.active)
    .map(({ scope, instance }) =>
      explainWired(
        plan,
        scope,
        instance,
        bindings.find(({ owner, binding }) => owner.scope === scope && holds(binding, instance))
          ?.binding,
      ),
    );
  return {
    method: String(plan.method),
    decorator: decoratorOf(plan),
    wired,
    notWired: wired.length > 0 ? undefined : reason(),
  };
}

function holds(binding: Binding, instance: object): boolean {
  return instance instanceof PerEventClass
    ? instance.binding === binding
    : binding.cache?.value === instance;
}

function explainWired(
  plan: HandlerPlan,
  scope: Scope,
  instance: object,
  holder: Binding | undefined,
): WiredHandler {
  const ends = `the end of scope "${scope.name}"`;
  const once = plan.once ? 'its first event, or ' : '';
  return {
    source: sourceOf(plan, scope),
    owner: scope.name,
    because: reasonFor(instance, holder),
    endedBy:
      holder === undefined
        ? `${once}${ends}`
        : `${once}unbind(${nameOfService(holder.serviceIdentifier)}), or ${ends}`,
  };
}

function reasonFor(instance: object, holder: Binding | undefined): string {
  if (holder === undefined) return 'its container was asked for it, or holds it inside a singleton';
  const name = nameOfService(holder.serviceIdentifier);
  return instance instanceof PerEventClass
    ? `its container binds it as ${name}, and builds it for each event`
    : `its container binds it as the singleton ${name}`;
}

function sourceOf(plan: HandlerPlan, scope: Scope): string {
  if (plan.verb === 'Deferred') return `queue "${plan.queue}"`;
  return plan.verb === 'Subscribe' ? 'the bus' : `the emitter of "${scope.name}"`;
}

function decoratorOf({
  verb,
  event,
}: {
  readonly verb: string;
  readonly event: HandlerPlan['event'];
}): string {
  return `@${verb}(${typeof event === 'string' ? `'${event}'` : eventName(event)})`;
}

function reasonAgainst(
  asked: ContainerScope,
  service: Newable<object>,
  bindings: readonly Bound[],
): string {
  if (asked.application.hasReported('CAR2004', service)) {
    return 'it was resolved from a plain child container. Write openScope(parent) in place of new Container({ parent }).';
  }
  if (asked.scope.state !== 'open')
    return `scope "${asked.scope.name}" has ended. Ask a container whose scope is open.`;
  if (bindings.length === 0)
    return 'the class is not bound here or above. Bind it, and resolve it or call start().';
  if (bindings.some(({ binding }) => binding.scope === 'Singleton')) {
    return 'the class is bound, but nobody has resolved it. Call start(container), or resolve it.';
  }
  return 'the class is bound as a transient, and no instance of an open scope is left. Resolve it from the scope that is to hear, or bind it as a singleton.';
}

/** What a base class declares, and an override with a decorator of its own replaces. */
function replacedHandlers(
  service: Newable<object>,
  plans: readonly HandlerPlan[],
): ExplainedHandler[] {
  const replaced: ExplainedHandler[] = [];
  for (
    let step: unknown = Object.getPrototypeOf(service.prototype);
    typeof step === 'object' && step !== null;
    step = Object.getPrototypeOf(step)
  ) {
    const { name } = step.constructor;
    for (const { verb, event, method } of ownDeclarations(step)) {
      if (
        plans.some((plan) => plan.verb === verb && plan.event === event && plan.method === method)
      )
        continue;
      replaced.push({
        method: `${name}.${String(method)}`,
        decorator: decoratorOf({ verb, event }),
        wired: [],
        notWired:
          'a class below overrides the method with a decorator of its own. Repeat this one there to keep both.',
      });
    }
  }
  return replaced;
}
