/** How the scheduler takes the runs of handlers over. */
import type { HandlerPlan } from '../dispatch/handler.js';
import type { Starter } from '../dispatch/run.js';
import { callMethod } from './call-method.js';
import { pacedStarter } from './pacing.js';
import { taskStarter } from './task-handler.js';

/**
 * Runs generator methods as tasks, and spreads or puts together the calls of handlers that ask for it; `undefined` for a plain handler.
 *
 * @param around what is done around each call, after the spreading
 * @throws CarillonError `CAR6008`, `CAR6010` for options that the handler cannot have
 */
export function adaptHandler(plan: HandlerPlan, around?: (call: Starter) => Starter): Starter | undefined {
  const task = taskStarter(plan);
  const call = around === undefined ? task : around(task ?? callMethod);
  return pacedStarter(plan, call ?? callMethod) ?? call;
}
