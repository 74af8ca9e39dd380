/** One application: a tree of scopes with a bus and queues. The adapter of each container builds on it. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import {
  checkKnownOptions,
  flag,
  kind,
  type OptionShape,
  optionsFault,
  refuseFault,
  withMethods,
} from '../../decorators/check-options.js';
import type { BusProvider } from '../bus/bus-backend.js';
import { EventBus } from '../bus/event-bus.js';
import { createRuntime, RUNTIME, type RuntimeOptions } from '../dispatch/create-runtime.js';
import type { Handler, HandlerPlan } from '../dispatch/handler.js';
import { type BindingOptions, PlanCache } from '../dispatch/handler-plan.js';
import { outsideTraces } from '../dispatch/telemetry.js';
import { checkQueues } from '../queue/check-queues.js';
import { EventQueue } from '../queue/event-queue.js';
import type { QueuesOptions } from '../queue/queue-options.js';
import { queueParts } from '../queue/queue-parts.js';
import { Timetable } from '../scheduler/timetable.js';
import { settledWithin } from '../scope/deadline.js';
import type { DisposalReport } from '../scope/disposal-report.js';
import { type LeakOptions, LeakTracker } from '../scope/leak-tracker.js';
import { PILE_UP_LIMIT, PileUps } from '../scope/pile-up.js';
import { Releases } from '../scope/releases.js';
import { Scope } from '../scope/scope.js';
import type { Asking } from '../scope/scope-end.js';
import {
  DISPOSAL,
  type DisposeOptions,
  patienceOf,
  SCOPE,
  type ScopeOptions,
} from '../scope/scope-options.js';
import { untilClosed } from '../scope/until-closed.js';
import { adaptPlan } from './activation.js';
import type { AdapterBus, AdapterQueue, AdapterScope } from './adapter-view.js';
import { Audit, auditHandler, auditScope, auditTask } from './audit.js';
import type { BoundService } from './bound-service.js';
import { Events } from './events.js';
import { InstanceHomes } from './instance-homes.js';
import { quiesce } from './quiesce.js';
import { type BeforeStart, StartGate } from './start-gate.js';

/** How an application is set up. */
export interface ApplicationOptions extends RuntimeOptions, ScopeOptions, BindingOptions {
  /** The engine that takes what is published to other processes, such as `natsBus()`. Default none: the bus stays in this process. */
  readonly bus?: BusProvider;
  /** The queues that differ from the default, by name. */
  readonly queues?: QueuesOptions;
  /**
   * What happens to events that are sent before `start()` has finished. `'deliver'`: they reach the handlers that are there. `'keep'`: at
   * most 1,000 events, or that many, are kept and delivered in order when `start()` has finished. `'refuse'`: each is an error. Default:
   * what is sent before `start()` is called is delivered, what is sent while it runs is kept.
   */
  readonly beforeStart?: BeforeStart;
  /** Looks for scopes that are never ended, and reports each as `CAR3010` or `CAR3011`. Takes a stack trace of each scope. Default off. */
  readonly leaks?: LeakOptions;
  /**
   * How many live handlers one class may have in one scope. More are reported as `CAR3012`, and again each time that they have doubled; they
   * are wired all the same. Default 100; `Infinity` for no report.
   */
  readonly pileUpLimit?: number;
}

/** What an application takes. The queues, the start and the leaks have checks of their own. */
export const APPLICATION: OptionShape<ApplicationOptions> = /* @__PURE__ */ (() => {
  const checkedThere = kind(() => true, 'its own options');
  return {
    ...RUNTIME,
    ...SCOPE,
    bus: withMethods('attach'),
    queues: checkedThere,
    beforeStart: checkedThere,
    leaks: checkedThere,
    lateBinding: flag(),
    pileUpLimit: PILE_UP_LIMIT,
  };
})();

/** What an application was made with, for reports. */
export type ApplicationSettings = {
  readonly [Name in 'bus' | 'queues']-?: ApplicationOptions[Name];
};

/** What is alive in an application. */
export interface Census {
  /** Scopes that have not ended; the application is one of them. */
  readonly scopes: number;
  /** Handlers that are subscribed. */
  readonly handlers: number;
  /** Handlers that have started and not settled. */
  readonly inFlight: number;
  /** Timers of tasks, and of timed and paced handlers. */
  readonly timers: number;
  /** Messages that wait in a queue. */
  readonly queued: number;
}

/** Wires instances into the emitter of their scope, the bus and the queues. */
export class Application {
  /** The scope at the top. */
  readonly scope: AdapterScope;
  /** That of all scopes. */
  readonly bus: AdapterBus;
  /** That of all scopes. */
  readonly queue: AdapterQueue;
  /** Calls the methods with `@Every`. */
  readonly timetable = new Timetable();
  /** What is known of the handlers of each class. */
  readonly plans: PlanCache;
  /** In which scopes an instance is wired. */
  readonly homes = new InstanceHomes();
  /** Keeps or refuses what is sent before the start. */
  readonly gate: StartGate;
  /** The engines and the queues that it was made with. */
  readonly settings: ApplicationSettings;
  /** Lists what its containers can build: the adapter of a container sets it, for `describe()`. Default nothing. */
  listServices: () => Iterable<BoundService> = () => [];
  readonly #pileUps: PileUps;
  readonly #reported = new Map<string, Set<unknown>>();

  constructor(options: ApplicationOptions) {
    const { bus, lateBinding, pileUpLimit } = APPLICATION;
    checkKnownOptions('CAR7004', 'The application', { bus, lateBinding, pileUpLimit }, options);
    const facades = [Events.prototype, EventBus.prototype];
    const runtime = createRuntime({ adapt: adaptPlan, facades, ...options });
    this.plans = new PlanCache(runtime, options);
    this.gate = new StartGate(runtime, options.beforeStart);
    const { leaks } = options;
    const report = (error: CarillonError) => runtime.report(error);
    this.#pileUps = new PileUps(report, options.pileUpLimit);
    if (leaks !== undefined) runtime.leaks = new LeakTracker(leaks, runtime.clock, report);
    this.scope = new Scope(runtime, { name: 'application', ...options });
    this.settings = { bus: options.bus, queues: options.queues ?? {} };
    this.bus = new EventBus(this.scope, options.bus);
    const queues = checkQueues(options.queues);
    this.queue = new EventQueue(this.scope, queues, queueParts(this.scope, queues));
    this.scope.atClose(() => {
      this.queue.end();
      this.bus.end();
      this.gate.end(this.scope.name);
    });
    const detach = runtime.telemetry?.attach?.({
      census: () => this.census(),
      queues: () => this.queue.numbers(),
    });
    if (detach !== undefined) this.scope.atClose(detach);
    // These run last: what the engine delivered has settled by then.
    const { end } = this.scope;
    end.onDispose(
      () => this.bus.close(),
      () => this.bus.leave(),
    );
    end.onDispose(
      () => this.queue.close(),
      () => ['the end of the queues'],
    );
  }

  /**
   * Subscribes every handler of the instance for the scope.
   *
   * @throws CarillonError `CAR3001` when the scope has ended, `CAR4003` when `before` and `after` make a circle; nothing is wired then
   */
  wire(instance: object, plans: readonly HandlerPlan[], scope: Scope): void {
    scope.assertOpen();
    const others = this.homes.of(instance);
    const [holder] = others;
    const wired = holder === undefined ? plans : plans.filter(isLocal);
    this.#wireAll(instance, wired, scope);
    this.homes.add(instance, scope, others);
    if (holder !== undefined) this.#expectRelease(instance, plans, holder);
  }

  #expectRelease(instance: object, plans: readonly HandlerPlan[], holder: Scope): void {
    holder.releases ??= new Releases();
    holder.releases.add(instance, () => this.#handOver(instance, plans));
  }

  /** The scope that had the instance's handlers of the bus, the queues and the timers has let go of it: the next one gets them. */
  #handOver(instance: object, plans: readonly HandlerPlan[]): void {
    const [next, ...others] = this.homes.of(instance);
    if (next === undefined || this.scope.state !== 'open') return;
    this.#wireAll(
      instance,
      plans.filter((plan) => !isLocal(plan)),
      next,
    );
    if (others.length > 0) this.#expectRelease(instance, plans, next);
  }

  #wireAll(instance: object, plans: readonly HandlerPlan[], scope: Scope): void {
    const handlers = new Array<Handler>(plans.length);
    let wired = 0;
    try {
      for (; wired < plans.length; wired += 1)
        handlers[wired] = this.#wireOne(plans[wired] as HandlerPlan, instance, scope);
    } catch (error) {
      while (wired > 0) handlers[--wired]?.end();
      throw error;
    }
    const now = scope.runtime.clock.now();
    for (const handler of handlers) handler.since = now;
    const before = scope.instances.get(instance);
    scope.own(instance, before === undefined ? handlers : [...before, ...handlers]);
    if (scope.emitterCore.kept !== undefined)
      for (const handler of handlers) scope.emitterCore.catchUp(handler);
    this.#pileUps.added(scope, handlers);
  }

  /**
   * Starts the application: has its container build what has handlers, connects the bus, and begins to process the queues. What is
   * emitted and published meanwhile is kept, see `beforeStart`. When the application ends meanwhile, the rest is left out.
   *
   * @param build builds everything that has handlers, and reports what it could not build
   * @returns what `build` returns
   * @throws CarillonError (a rejection) `CAR3001` when the application has ended, `CAR5041` when the bus's engine cannot be reached, or
   * what `build` throws: start it again once it can
   * @example
   * await application.start(() => container.buildListeners());
   */
  async start<T>(build: () => T | Promise<T>): Promise<T> {
    this.scope.assertOpen();
    this.gate.begin();
    try {
      const built = await build();
      // An end meanwhile does not wait for an engine that never answers.
      const { telemetry } = this.scope.runtime;
      const { scope } = this;
      if (scope.state === 'open')
        await untilClosed(
          scope,
          outsideTraces(telemetry, () => this.#connect()),
        );
      if (scope.state === 'open')
        await untilClosed(
          scope,
          outsideTraces(telemetry, () => this.queue.start()),
        );
      this.gate.succeeded();
      return built;
    } catch (error) {
      this.gate.failed();
      throw error;
    }
  }

  /**
   * Ends the application: waits until nothing waits in the queues in memory and on the bus within the process, then ends every scope. All
   * the waiting together takes the drain time at most.
   *
   * @param scope Default the one at the top; another one ends alone
   * @throws DisposalError (a rejection) `CAR3003` when a clean-up failed
   * @example
   * await application.stop({ drain: '10s' });
   */
  async stop(options: DisposeOptions = {}, scope: Scope = this.scope): Promise<DisposalReport> {
    const { clock } = scope.runtime;
    refuseFault('CAR7001', 'stop()', optionsFault(DISPOSAL, options));
    const { drain } = patienceOf(options, scope.end.patience);
    // Asked at once: after an await it may not be known any more which handler waits for this.
    const asking = scope.state === 'open' ? scope.end.askedBy(options) : undefined;
    const end = clock.now() + drain;
    if (scope.state === 'open' && drain > 0)
      await settledWithin(clock, drain, [
        this.queue.drained((queue) => handledBy(asking, queue)),
        this.bus.drained(scope),
      ]);
    return scope.end.run({ ...options, drain: Math.max(0, end - clock.now()) }, asking);
  }

  /**
   * Takes no more work from outside: messages of an engine's bus and queues, and timers. `emit`, `publish` and `defer` go on, and so do the
   * queues in memory and the bus within the process, because what is sent there has no other place. It cannot be taken back: {@link stop} is next.
   *
   * @returns resolves once what was taken is done, or when the drain time is over
   * @throws CarillonError `CAR7001` for options that are wrong
   * @example
   * await application.quiesce({ drain: '10s' });
   * await server.close();
   * await application.stop();
   */
  async quiesce(options: DisposeOptions = {}): Promise<void> {
    refuseFault('CAR7001', 'quiesce()', optionsFault(DISPOSAL, options));
    const { end, state } = this.scope;
    if (state !== 'open') return;
    // Asked at once, as for stop().
    await quiesce(this, patienceOf(options, end.patience).drain, end.askedBy(options));
  }

  /** Whether this is the first time that the fault is found in that class or service. */
  isNewReport(fault: string, subject: unknown): boolean {
    const subjects = this.#reported.get(fault) ?? new Set();
    if (subjects.has(subject)) return false;
    this.#reported.set(fault, subjects.add(subject));
    return true;
  }

  /** Whether the fault has been found in that class or service. */
  hasReported(fault: string, subject: unknown): boolean {
    return this.#reported.get(fault)?.has(subject) === true;
  }

  /** Every handler that has not ended. */
  handlers(): readonly Handler[] {
    const handlers = new Set([
      ...this.bus.handlers(),
      ...this.queue.handlers(),
      ...this.timetable.handlers(),
    ]);
    for (const scope of this.#alive())
      for (const handler of scope.emitterCore.registry.handlers()) handlers.add(handler);
    return [...handlers];
  }

  /** Lists what is alive. */
  audit(): Audit {
    const scopes = this.#alive();
    return new Audit({
      scopes: scopes.map(auditScope),
      handlers: this.handlers().map((handler) => auditHandler(handler, handler.since)),
      running: scopes.flatMap(({ runs }) =>
        [...runs].map(({ handler, startedAt }) => auditHandler(handler, startedAt)),
      ),
      tasks: scopes.flatMap((scope) => [...scope.tasks].map((task) => auditTask(task, scope))),
      timers: [...this.timetable.handlers()].map((handler) => auditHandler(handler, handler.since)),
      queueTimers: this.queue.timers,
      queued: this.queue.size(),
    });
  }

  /** Counts what is alive. */
  census(): Census {
    const scopes = this.#alive();
    return {
      scopes: scopes.length,
      handlers: this.handlers().length,
      inFlight: scopes.reduce((sum, scope) => sum + scope.runs.size, 0),
      timers: this.queue.timers + this.timetable.timers,
      queued: this.queue.size(),
    };
  }

  async #connect(): Promise<void> {
    try {
      await this.bus.start();
    } catch (error) {
      // An end meanwhile has cancelled it.
      if (this.scope.state === 'open') throw error;
    }
  }

  #alive(): readonly Scope[] {
    return this.scope.tree().filter((scope) => scope.state !== 'ended');
  }

  #wireOne(declared: HandlerPlan, instance: object, scope: Scope): Handler {
    const plan = this.plans.boundTo(instance, declared);
    switch (plan.verb) {
      case 'Subscribe':
        return this.bus.wire(plan, scope, instance);
      case 'Deferred':
        return this.queue.wire(plan, scope, instance);
      case 'Every':
        return this.timetable.wire(plan, scope, instance);
      default:
        return scope.emitterCore.subscribe(plan, instance);
    }
  }
}

/** How many messages of the queue the handlers that wait for the end have in hand. */
function handledBy(asking: Asking | undefined, queue: string): number {
  let count = 0;
  for (const { handler } of asking ?? []) if (handler.plan.queue === queue) count += 1;
  return count;
}

/** Whether the handler hears its own scope alone. All else reaches an instance once, whatever scopes it is in. */
function isLocal({ verb }: HandlerPlan): boolean {
  return verb === 'On' || verb === 'Once';
}
