/** Chooses how the scheduler starts the runs of a handler. */
import { refuseFault } from '../../decorators/check-options.js';
import { subjectsFault } from '../../decorators/option-subject.js';
import { pacingSubject } from '../../decorators/pacing-options.js';
import { taskSubject } from '../../decorators/task-options.js';
import type { Subjects } from '../../decorators/verb-options.js';
import type { HandlerPlan } from '../dispatch/handler.js';
import { functionPlace } from '../dispatch/handler-plan.js';
import type { Starter } from '../dispatch/run.js';
import { callMethod } from './handler-end.js';
import { pacedStarter } from './pacing.js';
import { taskStarter } from './task-handler.js';

const SUBJECTS: Subjects = [taskSubject, pacingSubject];

/**
 * Runs generator methods as tasks, and paces the calls of handlers with such options; `undefined` for a plain handler.
 *
 * @param around wraps each call, after the pacing
 * @throws CarillonError `CAR1007` for invalid options of a function; `CAR6008`, `CAR6010` for options that the handler cannot have
 */
export function adaptHandler(
  plan: HandlerPlan,
  around?: (call: Starter) => Starter,
): Starter | undefined {
  if (plan.handlerClass === undefined) {
    refuseFault('CAR1007', functionPlace(plan.verb), subjectsFault(SUBJECTS, plan.options));
  }
  const task = taskStarter(plan);
  const call = around === undefined ? task : around(task ?? callMethod);
  return pacedStarter(plan, call ?? callMethod) ?? call;
}
