/** How the scheduler takes the runs of handlers over. */
import type { HandlerPlan } from '../dispatch/handler.js';
import type { Starter } from '../dispatch/run.js';
import { callMethod } from './call-method.js';
import { pacedStarter } from './pacing.js';
import { taskStarter } from './task-handler.js';

/**
 * Runs generator methods as tasks, and spreads or puts together the calls of handlers that ask for it; `undefined` for a plain handler.
 *
 * @throws CarillonError `CAR6008`, `CAR6010` for options that the handler cannot have
 */
export function adaptHandler(plan: HandlerPlan): Starter | undefined {
  const task = taskStarter(plan);
  return pacedStarter(plan, task ?? callMethod) ?? task;
}
