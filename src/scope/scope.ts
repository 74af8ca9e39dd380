/** A lifetime: it owns handlers and an emitter, and ends them all. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import { ScopedEmitter } from '../dispatch/emitter.js';
import { EmitterCore, type EmitterOwner, endedError } from '../dispatch/emitter-core.js';
import type { Handler } from '../dispatch/handler.js';
import type { Run } from '../dispatch/run.js';
import { runOf } from '../dispatch/run-delivery.js';
import type { Runtime } from '../dispatch/runtime.js';
import { isThenable } from '../events/is-thenable.js';
import { DisposalError, type DisposalReport } from './disposal-report.js';
import { disposeTree, type Patience } from './dispose-tree.js';
import { type Lease, Leases } from './lease.js';
import { RunList } from './run-list.js';
import {
  checkRecord,
  checkTime,
  DEFAULT_ABORT,
  DEFAULT_DRAIN,
  type DisposeOptions,
  type ScopeOptions,
} from './scope-options.js';
import { type WeakChild, WeakChildren } from './weak-children.js';

const NONE: readonly unknown[] = [];
/** Never filled: to clear a map costs as much as to make one. */
const NOBODY = new Map<object, readonly Handler[]>();

/**
 * One lifetime in a tree of them. What its container builds listens here; when it ends, none of its handlers starts any more.
 *
 * @example
 * await using request = openScope(container, { name: 'request' });
 */
export class Scope implements EmitterOwner {
  readonly name: string;
  readonly parent: Scope | undefined;
  readonly runtime: Runtime;
  /** Default time to wait for what is running, in milliseconds. */
  readonly drain: number;
  /** Default time to wait for what is still running once its signals are aborted, in milliseconds. */
  readonly abort: number;
  /** @internal How many events its emitter records. */
  readonly record: number;
  /** @internal What has started and not settled. */
  readonly runs = new RunList();
  /** @internal Handlers by the instance that they belong to. */
  instances = new Map<object, readonly Handler[]>();
  #emission: EmitterCore | undefined;
  #emitter: ScopedEmitter | undefined;
  /** @internal On the clock of the application. */
  readonly openedAt: number;
  /** @internal The container that it belongs to, where it has one. */
  host: ScopeHost | undefined = undefined;
  #children: WeakChildren | undefined;
  /** Its place among those of its parent. */
  readonly #place: WeakChild | undefined;
  #leases: Leases | undefined;
  #cleanups: (() => unknown)[] | undefined;
  #closed: Set<() => void> | undefined;
  #tasks: Set<LiveTask> | undefined;
  #unsubscribed = 0;
  #idleWaiters: (() => void)[] | undefined;
  #state: 'open' | 'ending' | 'ended' = 'open';
  #ending: Promise<DisposalReport> | undefined;
  /** The runs that wait for its end, while it goes on. */
  #asking: Set<Run> | undefined;
  /** Set while a clean-up has to be waited for, and after that. */
  #cleaning: Promise<void> | undefined;
  #failures: unknown[] | undefined;

  /** Made by a container's adapter. */
  constructor(runtime: Runtime, options: ScopeOptions = {}, parent?: Scope) {
    this.runtime = runtime;
    this.parent = parent;
    this.name = options.name ?? 'scope';
    this.drain = checkTime('drain', options.drain) ?? parent?.drain ?? DEFAULT_DRAIN;
    this.abort = checkTime('abort', options.abort) ?? parent?.abort ?? DEFAULT_ABORT;
    this.record = checkRecord(options.record);
    this.openedAt = runtime.clock.now();
    this.#place = parent?.adopt(this);
    if (parent !== undefined) runtime.leaks?.opened(this);
  }

  /** Its name behind those of the scopes above: `'application/request 7'`. */
  get path(): string {
    return this.parent === undefined ? this.name : `${this.parent.path}/${this.name}`;
  }

  /** The emitter that lives and ends with this scope. */
  get emitter(): ScopedEmitter {
    this.#emitter ??= new ScopedEmitter(this.emitterCore);
    return this.#emitter;
  }

  /** @internal The inside of its emitter. */
  get emitterCore(): EmitterCore {
    if (this.#emission === undefined) {
      this.#emission = new EmitterCore(this);
      if (this.#state !== 'open') this.#emission.close();
    }
    return this.#emission;
  }

  /** @internal Where its events bubble to. */
  get above(): EmitterCore | undefined {
    return this.parent?.emitterCore;
  }

  /** `'ending'` from the moment on in which no handler starts any more; `'ended'` once its clean-ups have run. */
  get state(): 'open' | 'ending' | 'ended' {
    return this.#state;
  }

  /** The scopes opened below this one that have not ended, oldest first. */
  get children(): readonly Scope[] {
    return this.#children?.alive() ?? [];
  }

  /**
   * Keeps {@link disposeAsync} waiting until the lease is given back, or the drain time is over: for code that uses the scope and
   * is no handler.
   *
   * @param reason what holds the scope, for reports
   * @throws CarillonError `CAR3001` when the scope has ended
   * @example
   * using lease = scope.lease('GET /orders');
   */
  lease(reason = 'lease'): Lease {
    this.assertOpen();
    this.#leases ??= new Leases();
    return this.#leases.take(reason);
  }

  /**
   * Runs when the scope ends, after its handlers were unsubscribed and have settled; the last added runs first. It must not await the end
   * of its own scope or of one above, which waits for it.
   *
   * @throws CarillonError `CAR3001` when the scope has ended
   */
  onDispose(cleanup: () => void | Promise<void>): void {
    this.assertOpen();
    this.#cleanups ??= [];
    this.#cleanups.push(cleanup);
  }

  /**
   * Ends the scope and all below it at once: no handler starts any more. Clean-ups follow once what runs has settled; to wait for them,
   * await {@link disposeAsync} as well.
   */
  dispose(): void {
    this.closeTree();
    if (this.#ending !== undefined || this.#state === 'ended') return;
    if (this.#isIdle() && this.cleanUp() === undefined && this.#failures === undefined) return;
    this.disposeAsync().catch((error: CarillonError) => this.runtime.report(error));
  }

  /**
   * Ends the scope and all below it: waits for leases, unsubscribes every handler, waits until those that run have settled, then
   * cleans up, children first and the youngest of them first. When the drain time is over, the signals of those that still run are
   * aborted, and after the abort time they are left behind.
   *
   * A second call gets the same promise. A handler may await the end of its own scope, also one that somebody else has begun; from then
   * on it is not waited for.
   *
   * @throws DisposalError `CAR3003` when cleaning up failed
   */
  disposeAsync(options: DisposeOptions = {}): Promise<DisposalReport> {
    const drain = checkTime('drain', options.drain) ?? this.drain;
    const abort = checkTime('abort', options.abort) ?? this.abort;
    const asking = runOf(options.delivery) ?? this.runtime.context.current();
    if (this.#ending !== undefined) this.#excuse(asking);
    else
      this.#ending =
        this.#state === 'ended' || this.#isIdle()
          ? this.#endIdle()
          : this.#endTree({ drain, abort }, asking);
    return this.#ending;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disposeAsync();
  }

  /** @internal Runs in the turn from which on no handler of the scope starts; returns the undoing. */
  atClose(action: () => void): () => void {
    this.#closed ??= new Set();
    this.#closed.add(action);
    return () => void this.#closed?.delete(action);
  }

  /** @internal The tasks that have begun in it and not ended. */
  get tasks(): Set<LiveTask> {
    this.#tasks ??= new Set();
    return this.#tasks;
  }

  /** @internal */
  assertOpen(): void {
    if (this.#state !== 'open') throw endedError(this.name);
  }

  /** @internal This scope and all below it, children before parents and the youngest first. */
  tree(): Scope[] {
    const below = [...this.children].reverse().flatMap((child) => child.tree());
    return [...below, this];
  }

  /** @internal Unsubscribes everything of this scope and of those below it. */
  closeTree(): void {
    if (this.#children === undefined) this.#close();
    else for (const scope of this.tree()) scope.#close();
  }

  /** @internal How many handlers its end has unsubscribed. */
  get unsubscribed(): number {
    return this.#unsubscribed;
  }

  /** @internal The leases that are out. */
  get leased(): number {
    return this.#leases?.count ?? 0;
  }

  /** @internal The reasons of those. */
  get leases(): readonly string[] {
    return this.#leases?.reasons ?? [];
  }

  /** @internal */
  leasesReturned(): Promise<void> {
    return this.#leases?.returned() ?? Promise.resolve();
  }

  /** @internal Whether a run has not settled that is none of those. */
  isBusy(except: ReadonlySet<Run>): boolean {
    for (const run of this.runs) if (!except.has(run)) return true;
    return false;
  }

  /** @internal Resolves at the next settling of a run. */
  nextSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters ??= [];
      this.#idleWaiters.push(resolve);
    });
  }

  /** @internal */
  runStarted(run: Run): void {
    this.runs.add(run);
  }

  /** @internal */
  runSettled(run: Run): void {
    this.runs.delete(run);
    this.#wake();
  }

  /** Whoever waits for a run looks again. */
  #wake(): void {
    const waiters = this.#idleWaiters;
    if (waiters === undefined) return;
    this.#idleWaiters = undefined;
    for (const resolve of waiters) resolve();
  }

  /** @internal Runs the clean-ups, the last added first; gives a promise where one has to be waited for, whoever has begun with them. */
  cleanUp(): Promise<void> | undefined {
    if (this.#cleaning === undefined) {
      const pending = this.#cleanUpNow();
      if (pending !== undefined) this.#cleaning = this.#cleanUpAfter(pending);
    }
    return this.#cleaning;
  }

  /** @internal What its clean-ups have thrown. */
  get failures(): readonly unknown[] {
    return this.#failures ?? NONE;
  }

  /** @internal Remembers whose handlers those are. */
  own(instance: object, handlers: readonly Handler[]): void {
    this.instances.set(instance, handlers);
    this.runtime.leaks?.owns(this, instance);
  }

  /** @internal Ends the handlers of one instance. */
  disown(instance: object): void {
    for (const handler of this.instances.get(instance) ?? []) handler.end();
    this.instances.delete(instance);
  }

  /** Nothing has to be waited for but its clean-ups. */
  async #endIdle(): Promise<DisposalReport> {
    this.closeTree();
    // What they ask of the end has its promise by then.
    await undefined;
    const cleaning = this.cleanUp();
    if (cleaning !== undefined) await cleaning;
    const report: DisposalReport = {
      scope: this.name,
      handlers: this.#unsubscribed,
      leases: 0,
      abandoned: [],
    };
    if (this.#failures !== undefined) throw new DisposalError(this.#failures, report);
    return report;
  }

  /** Whether its end has to wait for nothing. */
  #isIdle(): boolean {
    return this.runs.isEmpty && this.leased === 0 && this.#children?.isEmpty !== false;
  }

  async #endTree(patience: Patience, asking: Run | undefined): Promise<DisposalReport> {
    const own = new Set<Run>();
    this.#asking = own;
    this.#excuse(asking);
    // Whoever waits for an end above waits for this one as well.
    for (let above = this.parent; above !== undefined; above = above.parent) {
      for (const run of above.#asking ?? []) own.add(run);
    }
    try {
      return await disposeTree(this, patience, own);
    } finally {
      this.#asking = undefined;
    }
  }

  /** Whoever awaits the end from inside a handler is not waited for, nor what led to it, neither by it nor by the ends below. */
  #excuse(run: Run | undefined): void {
    if (run === undefined || this.#asking === undefined) return;
    for (const scope of this.tree()) {
      for (let step: Run | undefined = run; step !== undefined; step = step.cause)
        scope.#asking?.add(step);
      scope.#wake();
    }
  }

  /** Runs clean-ups, the last added first, as far as none has to be waited for; gives the one that has. */
  #cleanUpNow(): PromiseLike<unknown> | undefined {
    for (
      let cleanup = this.#cleanups?.pop();
      cleanup !== undefined;
      cleanup = this.#cleanups?.pop()
    ) {
      try {
        const result = cleanup();
        if (isThenable(result)) return result;
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#cleanups = undefined;
    // Who has its emitter keeps it; who asks for it from now on gets one that is closed as well.
    this.#emission = undefined;
    this.#emitter = undefined;
    this.#state = 'ended';
    this.#place?.remove();
    this.runtime.leaks?.ended(this);
    return undefined;
  }

  async #cleanUpAfter(pending: PromiseLike<unknown>): Promise<void> {
    for (
      let next: PromiseLike<unknown> | undefined = pending;
      next !== undefined;
      next = this.#cleanUpNow()
    ) {
      await next.then(undefined, (error: unknown) => this.#failed(error));
    }
  }

  #failed(error: unknown): void {
    this.#failures ??= [];
    this.#failures.push(error);
  }

  private adopt(child: Scope): WeakChild {
    this.assertOpen();
    this.#children ??= new WeakChildren();
    return this.#children.add(child);
  }

  #close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    for (const handlers of this.instances.values()) {
      for (const handler of handlers) if (handler.active) this.#unsubscribed += 1;
    }
    // Those of its own emitter end together, which costs less than one by one.
    this.#emission?.close();
    for (const handlers of this.instances.values()) for (const handler of handlers) handler.end();
    this.instances = NOBODY;
    const closed = this.#closed ?? [];
    this.#closed = undefined;
    for (const action of closed) action();
  }
}

/** The property by which a container knows its own host, also after it was emptied. */
export const HOST = Symbol.for('carillon.host');

/** One container's part of an application. */
export interface ScopeHost {
  readonly scope: Scope;
  readonly application: {
    /** The scope at the top. */
    readonly scope: Scope;
    /** Every handler that has not ended. */
    handlers(): readonly Handler[];
    readonly queue: {
      undone(): Promise<
        readonly {
          readonly queue: string;
          readonly waiting: number;
          readonly delayed: number;
          readonly active: number;
        }[]
      >;
    };
  };
}

/** Held by its scope from its beginning to its end. */
export interface LiveTask {
  /** The handler's; empty for a task that was spawned. */
  readonly className: string;
  /** The handler's, or the name of the generator function. */
  readonly method: string;
  /** When it was begun, on the clock of the application. */
  readonly startedAt: number;
  /** Until when it waits; `undefined` while it runs. The scheduler can say it in words. */
  readonly wait: unknown;
}
