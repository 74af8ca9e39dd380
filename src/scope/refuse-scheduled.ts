/** Without a scheduler, a handler that needs one is refused. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type HandlerPlan, handlerEvent, handlerName } from '../dispatch/handler.js';

const SCHEDULED = ['overlap', 'debounce', 'throttle', 'batch'];
const GENERATORS = /* @__PURE__ */ [
  function* () {
    yield;
  },
  async function* () {
    yield;
  },
].map((generator) => generator.constructor);

/** @throws CarillonError `CAR6014` for a generator function, and for options of the scheduler */
export function refuseScheduled(plan: HandlerPlan): undefined {
  const option = SCHEDULED.find((name) => Reflect.get(plan.options, name) !== undefined);
  const isGenerator = GENERATORS.some((kind) => plan.run instanceof kind);
  if (option === undefined && !isGenerator) return;
  throw new CarillonError(
    'CAR6014',
    `${handlerName(plan)} for ${handlerEvent(plan)} ${isGenerator ? 'is a generator' : `has ${option}`}, and its scope has no scheduler. Use a scope of a container with events(), or a plain function without such options.`,
  );
}
