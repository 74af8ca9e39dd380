/** Waiting for one event: until it comes, the scope ends, the time is over, or somebody aborts. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type OptionShape, quickFault, refuseFault } from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { handlerSubject } from '../../decorators/handler-options.js';
import { abortSignal, type Signal } from '../../decorators/signal.js';
import { clearTimer, setTimer } from './clock.js';
import type { EmitterCore } from './emitter-core.js';
import { functionPlan } from './handler-plan.js';

/** What else ends the waiting. */
export interface WaitOptions {
  /** Rejects with its reason when it is aborted. */
  readonly signal?: Signal;
  /** The time after which it rejects with `CAR4007`. Default `Infinity`: no limit. */
  readonly timeout?: Duration;
}

const WAIT: OptionShape<WaitOptions> = /* @__PURE__ */ (() => ({
  signal: abortSignal(),
  timeout: duration({ unlimited: true }),
}))();

/** Resolves with the payload of the first event that the predicate takes, a sticky one included. */
export function waitFor<Payload>(
  core: EmitterCore,
  event: EventKey,
  predicate: ((payload: Payload) => boolean) | undefined,
  waiting: WaitOptions,
): Promise<Payload> {
  const promise = new Promise<Payload>((resolve, reject) => {
    refuseFault('CAR4009', `Waiting for ${eventName(event)}`, quickFault(WAIT, waiting));
    const { signal, timeout } = waiting;
    signal?.throwIfAborted();
    const { owner, kept } = core;
    const { clock } = owner.runtime;
    const options =
      predicate === undefined ? undefined : { when: predicate as (payload: never) => boolean };
    const sticky = kept?.latest(event, false);
    if (sticky?.failure !== undefined) throw sticky.failure.reason;
    const plan = functionPlan(owner.runtime, 'Once', event, resolve as () => void, options, [
      handlerSubject,
    ]);
    const handler = core.subscribe(plan, undefined);
    const aborted = () => end(signal?.reason);
    const end = (reason: unknown) => {
      reject(reason);
      handler.end();
    };
    const timer =
      timeout === undefined
        ? undefined
        : setTimer(clock, () => end(timeoutError(event, timeout)), milliseconds(timeout));
    const undo = core.onFailure(event, end);
    signal?.addEventListener('abort', aborted, { once: true });
    handler.onEnd = () => {
      undo();
      signal?.removeEventListener('abort', aborted);
      if (timer !== undefined) clearTimer(clock, timer);
      // Too late to matter where the event itself ended it.
      if (core.closed) reject(closedError(owner.name));
    };
    core.catchUp(handler);
  });
  // Nobody has to look at it when the scope ends.
  promise.catch(() => undefined);
  return promise;
}

function timeoutError(event: EventKey, timeout: Duration): CarillonError {
  return new CarillonError(
    'CAR4007',
    `${eventName(event)} did not come within ${milliseconds(timeout)} ms. Give it more time, or see who should emit it.`,
  );
}

function closedError(scope: string): CarillonError {
  return new CarillonError(
    'CAR3002',
    `Scope "${scope}" ended before the event that is waited for. Wait in a scope that lives longer.`,
  );
}
