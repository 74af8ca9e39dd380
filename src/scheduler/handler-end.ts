/** What is done when a handler ends. */
import type { Handler } from '../dispatch/handler.js';
import type { Run } from '../dispatch/run.js';

/** Calls back once when the handler ends, after whoever asked for that before. */
export function onHandlerEnd(handler: Handler, action: () => void): void {
  const { onEnd } = handler;
  handler.onEnd = () => {
    onEnd?.();
    action();
  };
}

/** Calls the method with what it declares to take, and returns what it returns. */
export function callMethod({ handler: { plan }, target, payload, delivery }: Run): unknown {
  return plan.takesDelivery
    ? plan.run.call(target, payload, delivery)
    : plan.run.call(target, payload);
}
