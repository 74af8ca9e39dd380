/** How the scheduler calls a handler, and learns that it has ended. */
import type { Handler } from '../dispatch/handler.js';
import type { Run } from '../dispatch/run.js';

/** Calls the method with the parameters that it declares, and returns its result. */
export function callMethod({ handler: { plan }, target, payload, delivery }: Run): unknown {
  return plan.takesDelivery
    ? plan.run.call(target, payload, delivery)
    : plan.run.call(target, payload);
}

/** Calls back once when the handler ends, after earlier callbacks. */
export function onHandlerEnd(handler: Handler, action: () => void): void {
  const { onEnd } = handler;
  handler.onEnd = () => {
    onEnd?.();
    action();
  };
}
