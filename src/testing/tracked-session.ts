/** Waits until everything that an action has caused is done, through any number of handlers, queues and applications. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { checkOptions, type OptionShape } from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import type { Clock } from '../dispatch/clock.js';
import { handlerEvent, handlerName } from '../dispatch/handler.js';
import { addObserver } from '../dispatch/observer.js';
import type { Run } from '../dispatch/run.js';
import type { Observer } from '../dispatch/runtime.js';
import type { ManualClock } from '../scheduler/manual-clock.js';
import type { ScopeHost } from '../scope/scope.js';
import { hostOf } from './container-host.js';
import { moment, realNow, turn } from './turn.js';
import { TICKS_OF_A_MOMENT } from './virtual-clock.js';

/** How long {@link TrackedSession.settled} waits. */
export interface SettleOptions {
  /** On the application's clock. Default `'1h'` for a clock that the test moves, `'5s'` for a real one. */
  readonly within?: Duration;
}

const SETTLE: OptionShape<SettleOptions> = /* @__PURE__ */ (() => ({
  within: duration({ unlimited: true }),
}))();

/** Idle turns that end the wait: a message within the process arrives in fewer. */
const QUIET_TURNS = 3;

/** Real milliseconds that work outside of the process gets, where a clock that stands has no timer left. */
const PATIENCE = 1000;

/** Made by {@link trackSession}. */
export class TrackedSession {
  readonly #hosts: readonly ScopeHost[];

  /** @internal */
  constructor(hosts: readonly ScopeHost[]) {
    this.#hosts = hosts;
  }

  /**
   * Runs the action, and waits until everything that it caused is done: each handler that was started meanwhile has settled, what was
   * published and deferred is accepted, and the queues that are processed automatically have nothing waiting, delayed or in progress.
   * A clock that the test moves is moved to its next timer whenever nothing else is left to run.
   *
   * A message on its way through an engine is not known: a publish is done once the engine has accepted it, and its handlers count from
   * the time on at which the message is back here. Wait for such a message by `once` within the action.
   *
   * @param action what causes the work; its result is awaited
   * @param options `within` is the limit, in milliseconds or as text; default `'1h'` for a clock that the test moves, `'5s'` for a real one
   * @returns the result of the action
   * @throws CarillonError (a rejection) `CAR7052` naming what is not done; else the error of the action, once all has settled
   * @example
   * await session.settled(() => shop.order('bell'));
   */
  async settled<T>(action: () => T | Promise<T>, options: SettleOptions = {}): Promise<Awaited<T>> {
    checkOptions('CAR6001', 'settled()', SETTLE, options);
    const { within } = options;
    const effects = new ActionEffects(this.#hosts);
    try {
      const acting = (async () => action())();
      effects.follow(acting, 'the action');
      await effects.rest(within);
      return await acting;
    } finally {
      effects.stop();
    }
  }
}

/**
 * Tracks the work of the applications of those containers.
 *
 * @param containers those whose work is waited for, one of each application
 * @throws CarillonError `CAR7053` for a container without events
 * @example
 * const session = trackSession(shop, mailer);
 */
export function trackSession(...containers: readonly [object, ...object[]]): TrackedSession {
  return new TrackedSession(containers.map(hostOf));
}

/** The effects of one action. */
class ActionEffects implements Observer {
  readonly #hosts: readonly ScopeHost[];
  /** Runs that began before the action. */
  readonly #before: ReadonlySet<Run>;
  readonly #pending = new Map<Promise<unknown>, string>();
  readonly #undo: readonly (() => void)[];

  constructor(hosts: readonly ScopeHost[]) {
    this.#hosts = hosts;
    this.#before = new Set(this.#runs());
    this.#undo = hosts.map(({ scope }) => addObserver(scope.runtime, this));
  }

  stop(): void {
    for (const undo of this.#undo) undo();
  }

  follow(promise: Promise<unknown>, name: string): void {
    const settled = () => void this.#pending.delete(promise);
    this.#pending.set(promise, name);
    promise.then(settled, settled);
  }

  called(): void {
    // A handler that takes time has a run.
  }

  unheard(): void {
    // There is nothing to wait for.
  }

  sent(...[verb, , , , accepted]: Parameters<NonNullable<Observer['sent']>>): void {
    if (accepted !== undefined) this.follow(accepted, `a ${verb}`);
  }

  /** @throws CarillonError `CAR7052` */
  async rest(within: Duration | undefined): Promise<void> {
    const time = new SessionTime(
      this.#hosts.map(({ scope }) => scope.runtime.clock),
      within,
    );
    for (let quiet = 0, still = 0; quiet < QUIET_TURNS; ) {
      await turn();
      const undone = await this.#undone();
      quiet = undone.length === 0 ? quiet + 1 : 0;
      still = undone.length === 0 ? 0 : still + 1;
      if (still < QUIET_TURNS) continue;
      if (!(await time.pass())) throw unsettledError(undone);
      still = 0;
    }
  }

  async #undone(): Promise<string[]> {
    const runs = this.#runs().filter((run) => !this.#before.has(run));
    const queues = await Promise.all(
      this.#hosts.map(({ application }) => application.queue.undone()),
    );
    return [
      ...this.#pending.values(),
      ...runs.map(({ handler }) => `${handlerName(handler.plan)} on ${handlerEvent(handler.plan)}`),
      ...queues
        .flat()
        .filter(({ waiting, delayed, active }) => waiting + delayed + active > 0)
        .map(
          ({ queue, waiting, delayed, active }) =>
            `queue "${queue}": ${waiting} waiting, ${delayed} delayed, ${active} in progress`,
        ),
    ];
  }

  #runs(): Run[] {
    return this.#hosts.flatMap(({ application }) =>
      application.scope.tree().flatMap(({ runs }) => [...runs]),
    );
  }
}

/** The time of the applications, and how much of it is left. */
class SessionTime {
  readonly #moved: readonly ManualClock[];
  readonly #clock: Clock;
  readonly #end: number;
  #stoodSince = realNow();
  #ticks = 0;

  constructor(clocks: readonly Clock[], within: Duration | undefined) {
    this.#moved = [...new Set(clocks)].filter(isMoved);
    this.#clock = this.#moved[0] ?? (clocks[0] as Clock);
    this.#end = this.#clock.now() + milliseconds(within ?? (this.#moved.length > 0 ? '1h' : '5s'));
  }

  /** Lets some time pass; `false` where none is left. */
  async pass(): Promise<boolean> {
    const due = this.#moved.filter(({ next }) => next !== undefined);
    if (due.length > 0) return this.#move(due);
    await moment();
    return this.#moved.length > 0
      ? realNow() < this.#stoodSince + PATIENCE
      : this.#clock.now() < this.#end;
  }

  /** Moves all clocks to the earliest of their timers. */
  #move(due: readonly ManualClock[]): boolean {
    const wait = Math.min(...due.map((clock) => Math.max(0, (clock.next as number) - clock.now())));
    this.#ticks = wait > 0 ? 0 : this.#ticks + 1;
    // A task that waits by nextTick() forever must not stop time.
    const step = this.#ticks % TICKS_OF_A_MOMENT === TICKS_OF_A_MOMENT - 1 ? wait + 1 : wait;
    if (this.#clock.now() + step > this.#end) return false;
    for (const clock of this.#moved) clock.tick(step);
    this.#stoodSince = realNow();
    return true;
  }
}

function isMoved(clock: Clock): clock is ManualClock {
  return 'tick' in clock && 'next' in clock;
}

function unsettledError(undone: readonly string[]): CarillonError {
  return new CarillonError(
    'CAR7052',
    `Not settled: ${undone.join('; ')}. Let it end, or wait longer by within.`,
  );
}
