/** Handlers whose calls are spread over time or combined: `debounce`, `throttle`, `batch`. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { milliseconds } from '../../decorators/duration.js';
import {
  type BatchOptions,
  type PacingOptions,
  throttleOptions,
} from '../../decorators/pacing-options.js';
import { type Handler, type HandlerPlan, handlerEvent, handlerName } from '../dispatch/handler.js';
import type { Starter } from '../dispatch/run.js';
import { hiddenField } from '../scope/hidden-field.js';
import { BatchPacer } from './batch.js';
import { Debounce } from './debounce.js';
import { onHandlerEnd } from './handler-end.js';
import type { Pacer } from './held-run.js';
import { Throttle } from './throttle.js';

/** A handler has one plan, and so one way to be paced. */
const pacers = /* @__PURE__ */ hiddenField<Pacer>();

/**
 * Starts the runs of a handler with such an option; `undefined` for a handler without.
 *
 * @param call starts the handler in the end
 * @throws CarillonError `CAR6010` for an option that the handler cannot have
 */
export function pacedStarter(plan: HandlerPlan, call: Starter): Starter | undefined {
  const options: PacingOptions<BatchOptions | undefined> = plan.options;
  const { debounce, throttle, batch } = options;
  if (debounce === undefined && throttle === undefined && batch === undefined) return undefined;
  if (plan.once || (plan.verb === 'Deferred' && batch === undefined)) throw pacingError(plan);
  return (run) => {
    const { handler } = run;
    let pacer = pacers.of(handler);
    if (pacer === undefined) {
      pacer = createPacer(handler, options, call);
      pacers.set(handler, pacer);
      endWith(handler, pacer);
    }
    return pacer.add(run);
  };
}

function createPacer(
  handler: Handler,
  { debounce, throttle, batch }: PacingOptions<BatchOptions | undefined>,
  call: Starter,
): Pacer {
  const { clock } = handler.owner.runtime;
  if (debounce !== undefined) return new Debounce(clock, milliseconds(debounce) as number, call);
  if (batch !== undefined)
    return new BatchPacer(
      handler,
      { ...batch, within: milliseconds(batch.within) as number },
      call,
    );
  const { every, ...edges } = throttleOptions(throttle);
  return new Throttle(
    clock,
    { leading: true, trailing: true, ...edges, every: milliseconds(every) as number },
    call,
  );
}

/** A message returns to its queue; an event is dropped and reported. */
function endWith(handler: Handler, pacer: Pacer): void {
  onHandlerEnd(handler, () => {
    const held = pacer.stop();
    for (const one of held) one.abandon();
    if (held.length > 0 && handler.plan.verb !== 'Deferred')
      handler.owner.runtime.report(droppedError(handler, held.length));
  });
}

function pacingError(plan: HandlerPlan): CarillonError {
  const fault = plan.once ? 'runs once, so there is nothing to spread' : 'would pass messages over';
  return new CarillonError(
    'CAR6010',
    `@${plan.verb} on ${handlerName(plan)} has a debounce, throttle or batch, but ${fault}. Use @On or @Subscribe; @Deferred takes a batch.`,
  );
}

function droppedError({ plan, owner }: Handler, count: number): CarillonError {
  return new CarillonError(
    'CAR6011',
    `${handlerName(plan)} still held ${count} event(s) of ${handlerEvent(plan)} when scope "${owner.name}" ended: they are dropped. Use a queue for events that must not be lost.`,
  );
}
