/** Events that are not emitted inside themselves: one delivery of each at a time. */
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { RecursionError } from './errors.js';
import { type Runtime, runInSnapshot } from './runtime.js';

/** More would be a loop that only seems to end: so many times the depth limit may one event queue another. */
const QUEUE_FACTOR = 100;

/** Which events of one emitter are being delivered, and what waits behind each. */
export class ReentrancyQueue {
  readonly #runtime: Runtime;
  readonly #busy = new Map<EventKey, (() => void)[]>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** @throws RecursionError `CAR4006` where the event forbids that, or has queued itself without end */
  take(key: EventKey, reentrancy: 'queue' | 'forbid', delivery: () => void): void {
    const waiting = this.#busy.get(key);
    if (waiting === undefined) {
      this.#drain(key, delivery);
      return;
    }
    if (reentrancy === 'forbid')
      throw new RecursionError({ event: eventName(key), reason: 'although it forbids that' });
    const { context, depthLimit } = this.#runtime;
    if (waiting.length >= depthLimit * QUEUE_FACTOR)
      throw new RecursionError({
        event: eventName(key),
        reason: `${waiting.length} times while one was under way`,
      });
    const snapshot = context.capture?.();
    waiting.push(() => runInSnapshot(snapshot, delivery));
  }

  #drain(key: EventKey, delivery: () => void): void {
    const waiting = [delivery];
    this.#busy.set(key, waiting);
    try {
      // It grows while it is walked.
      for (const next of waiting) next();
    } finally {
      this.#busy.delete(key);
    }
  }
}
