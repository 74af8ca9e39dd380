/** The plain call of a handler, as the rooms make it that take its run over. */
import type { Run } from '../dispatch/run.js';

/** Calls the method with what it declares to take, and returns what it returns. */
export function callMethod({ handler: { plan }, target, payload, delivery }: Run): unknown {
  return plan.takesDelivery ? plan.run.call(target, payload, delivery) : plan.run.call(target, payload);
}
