/** The first half of an end: an application takes no more work from outside, and finishes what it has taken. */
import type { EventBus } from '../bus/event-bus.js';
import type { Handler } from '../dispatch/handler.js';
import type { EventQueue } from '../queue/event-queue.js';
import type { Timetable } from '../scheduler/timetable.js';
import { Deadline } from '../scope/deadline.js';
import type { Scope } from '../scope/scope.js';
import type { Asking } from '../scope/scope-end.js';

/** An application as far as work comes in there. */
export interface QuiescingApplication {
  readonly scope: Scope;
  readonly bus: EventBus;
  readonly queue: EventQueue;
  readonly timetable: Timetable;
}

/**
 * Ends every subscription at the engines and every timer, then waits for what was taken, no longer than the drain time.
 *
 * @param asking the handlers that wait for this, and are not waited for
 */
export async function quiesce(
  application: QuiescingApplication,
  drain: number,
  asking: Asking,
): Promise<void> {
  const { scope, bus, queue, timetable } = application;
  timetable.quiesce();

  const quiet = [bus.drained(scope), queue.quiesce()];
  // Who asks may be known only at the end of this turn.
  await undefined;
  // An engine is done with a message once its handler is; one of those may be waiting here.
  if (asking.size === 0) quiet.push(queue.drained());
  // What an engine fails with is reported where it happens.
  const settled = Promise.allSettled(quiet);
  const deadline = new Deadline(scope.runtime.clock, drain);
  if (drain > 0) {
    if (asking.size === 0) await deadline.race(settled);
    await settledRuns(scope, asking, deadline);
  }
  deadline.cancel();
}

/** Resolves once no handler of the bus, a queue or a timer runs in the scope or below. */
async function settledRuns(scope: Scope, asking: Asking, deadline: Deadline): Promise<void> {
  for (;;) {
    const busy = scope
      .tree()
      .filter(({ runs }) =>
        [...runs].some((run) => isFromOutside(run.handler) && !asking.has(run)),
      );
    if (busy.length === 0 || deadline.passed) return;
    await deadline.race(Promise.race(busy.map(({ runs }) => runs.nextSettled())));
  }
}

function isFromOutside({ plan: { verb } }: Handler): boolean {
  return verb !== 'On' && verb !== 'Once';
}
