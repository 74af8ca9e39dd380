/** Events that are not emitted inside themselves: one delivery of each at a time. */
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { RecursionError } from './errors.js';
import { type Runtime, runInSnapshot } from './runtime.js';

/** More would be a loop that only seems to end: so many times the depth limit may one event queue another. */
const QUEUE_FACTOR = 100;

/** An emit, and the level at which its emitter delivers the same event already. */
interface Turn {
  readonly begin: () => void;
  readonly level: number | undefined;
}

/** Which events of one emitter are being delivered, and what waits behind each. */
export class ReentrancyQueue {
  readonly #runtime: Runtime;
  readonly #busy = new Map<EventKey, (() => void)[]>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Begins an emit now, or after the one that is being delivered.
   *
   * @throws RecursionError `CAR4006` where the emit forbids that, or the event has queued itself without end
   */
  take(key: EventKey, reentrancy: 'queue' | 'forbid', { begin, level }: Turn): void {
    const waiting = this.#busy.get(key);
    if (waiting === undefined && level === undefined) {
      this.#drain(key, [begin]);
      return;
    }
    if (reentrancy === 'forbid')
      throw new RecursionError({ event: eventName(key), reason: 'although it forbids that' });
    const { context, depthLimit } = this.#runtime;
    if (waiting !== undefined && waiting.length >= depthLimit * QUEUE_FACTOR)
      throw new RecursionError({
        event: eventName(key),
        reason: `${waiting.length} times while one was under way`,
      });
    const snapshot = context.capture?.();
    const queued = () => runInSnapshot(snapshot, begin);
    if (waiting === undefined) this.#postpone(key, level as number, queued);
    else waiting.push(queued);
  }

  /** The outer emit has no queue of its own: this one is delivered when that level of emits ends. */
  #postpone(key: EventKey, level: number, queued: () => void): void {
    const waiting = [queued];
    this.#busy.set(key, waiting);
    this.#runtime.postponed.push({ level, run: () => this.#drain(key, waiting) });
    this.#runtime.untidy = true;
  }

  #drain(key: EventKey, waiting: (() => void)[]): void {
    this.#busy.set(key, waiting);
    let failure: { readonly error: unknown } | undefined;
    // It grows while it is walked. A recursion refuses all that wait behind it: each has to be told.
    for (const next of waiting) {
      try {
        next();
      } catch (error) {
        failure ??= { error };
      }
    }
    this.#busy.delete(key);
    if (failure !== undefined) throw failure.error;
  }
}
