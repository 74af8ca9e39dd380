/** Runs the handlers of classes that are built for each event. */
import { eventName } from '../../decorators/event-key.js';
import { checkActivated, isActivated } from '../../decorators/listener.js';
import { abandonedError, type HandlerPlan } from '../dispatch/handler.js';
import type { Run, Starter } from '../dispatch/run.js';
import { isThenable } from '../events/is-thenable.js';
import { adaptHandler } from '../scheduler/adapt-handler.js';
import type { Scope } from '../scope/scope.js';

/** Takes the place of the instance that is not there yet: a container's adapter makes it the target of such handlers. */
export interface Activator {
  /** Opens the scope of one delivery. */
  open(run: Run): Activation;
}

/** The scope of one delivery. */
export interface Activation {
  readonly scope: Scope;
  /** Builds the class in it, at once or later; throws what that throws. */
  build(): unknown;
}

/**
 * Runs a handler that is not simply called: in a scope of its own if its class is activated per event, and as the scheduler has it.
 *
 * @throws CarillonError `CAR2007` for a handler that such a class cannot have; see also {@link adaptHandler}
 */
export function adaptPlan(plan: HandlerPlan): Starter | undefined {
  if (!isActivated(plan.handlerClass)) return adaptHandler(plan);
  checkActivated(plan.className, plan.verb, plan.method);
  return adaptHandler(plan, (call) => (run) => activate(run, call));
}

function activate(run: Run, call: Starter): unknown {
  const activation = (run.target as Activator).open(run);
  const { scope } = activation;
  run.enterScope(scope);
  const start = (instance: unknown) => {
    if (scope.state !== 'open') throw abandonedError(run.handler);
    run.target = instance as object;
    return call(run);
  };
  // If the scope has ended while the class was being built, the handler has not failed.
  const cancelled = (error: unknown) => {
    throw scope.state === 'open' ? error : abandonedError(run.handler);
  };
  let value: unknown;
  try {
    const instance = activation.build();
    value = isThenable(instance) ? instance.then(start, cancelled) : start(instance);
  } catch (error) {
    return afterScopeEnd(scope, () => {
      throw error;
    });
  }
  if (!isThenable(value)) return afterScopeEnd(scope, () => value);
  return Promise.resolve(value).finally(() => afterScopeEnd(scope, () => undefined));
}

/** What the scope of one delivery is called: `'Billing OrderPlaced'`. */
export function deliveryName({ handler, deliveryContext }: Run): string {
  return `${handler.plan.className} ${eventName(deliveryContext?.key ?? handler.plan.event)}`;
}

/** Ends the scope and gives the outcome: at once, unless something has to be waited for. */
function afterScopeEnd(scope: Scope, outcome: () => unknown): unknown {
  // A failure of its end is reported; it is not a failure of the handler.
  scope.dispose();
  return scope.state === 'ended' ? outcome() : scope.disposeAsync().then(outcome, outcome);
}
