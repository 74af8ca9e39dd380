/** The surroundings of a task: its scope, its clock, and how its code is resumed. */
import { checkEvents } from '../../decorators/declaration.js';
import type { EventKey } from '../../decorators/event-key.js';
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';
import type { HandlerPlan } from '../dispatch/handler.js';
import { functionPlace, internalPlan } from '../dispatch/handler-plan.js';
import type { Run } from '../dispatch/run.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { Scope } from '../scope/scope.js';
import { Alarm, type Waiting } from './alarm.js';

/** A clock that may set the length of a tick, where it does not move in ticks itself. */
export interface TaskClock extends Clock {
  /** Milliseconds until the next tick. Default 0: as soon as the clock calls back. */
  readonly tickLength?: number;
}

/** What waits for an event: the instance of the handler that hears it. */
export interface EventWaiter {
  hear(payload: unknown): void;
}

/** What one task waits and runs with. */
export class TaskHost {
  readonly #clock: TaskClock;
  readonly #run: Run | undefined;
  #plan: HandlerPlan | undefined;

  /**
   * @param report takes what the code of the task throws once nothing waits for it any more
   * @param run what started the task, if it was a handler
   */
  constructor(
    readonly scope: Scope,
    readonly report: (error: unknown) => void,
    run?: Run,
  ) {
    this.#run = run;
    this.#clock = scope.runtime.clock;
  }

  /** Whether a run has started the task, in whose context its parts run. */
  get hasContext(): boolean {
    return this.#run !== undefined;
  }

  /** Runs a part of the task in the context of the run that started it. */
  enter(action: () => void): void {
    if (this.#run === undefined) action();
    else this.scope.runtime.context.enter(this.#run, action);
  }

  /** Calls back in the next tick. A task does little else: what it returns is the clock's own timer, which {@link clearTick} takes. */
  setTick(callback: () => void): unknown {
    return setTimer(this.#clock, callback, this.#clock.tickLength ?? 0);
  }

  clearTick(timer: unknown): void {
    clearTimer(this.#clock, timer);
  }

  /** Calls back in the next tick. */
  nextTick(callback: () => void): Waiting {
    return this.after(this.#clock.tickLength ?? 0, callback);
  }

  /** Calls back after that many milliseconds. */
  after(delay: number, callback: () => void): Waiting {
    return new Alarm(this.#clock, delay, callback);
  }

  /** The plan of its waits for the event. The last one is kept: most tasks wait for one event repeatedly. */
  planOf(event: EventKey): HandlerPlan {
    if (this.#plan === undefined || this.#plan.event !== event)
      this.#plan = eventPlan(this.scope.runtime, event);
    return this.#plan;
  }
}

/** One plan serves all waits for an event: each is the instance of a handler of its own. */
function eventPlan(runtime: Runtime, event: EventKey): HandlerPlan {
  checkEvents('On', functionPlace('On'), [event]);
  return internalPlan(runtime, event, until);
}

/** Reports call the wait by this name. */
function until(this: unknown, payload: unknown): void {
  (this as EventWaiter).hear(payload);
}
