/** A scope: a lifetime in a tree of them, with its children, its handlers, its emitter, and what it knows of its container and its tasks. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { shownType } from '../../decorators/check-options.js';
import { ASYNC_DISPOSE, DISPOSE } from '../dispatch/dispose-symbols.js';
import { ScopedEmitter } from '../dispatch/emitter.js';
import { EmitterCore } from '../dispatch/emitter-core.js';
import type { Handler } from '../dispatch/handler.js';
import type { Run } from '../dispatch/run.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { DisposalReport } from './disposal-report.js';
import { type Lease, Leases } from './lease.js';
import type { ScopePiles } from './pile-up.js';
import type { Releases } from './releases.js';
import { RunList } from './run-list.js';
import { ScopeEnd } from './scope-end.js';
import {
  checkScope,
  type DisposeOptions,
  isHeld,
  patienceOf,
  recordLimit,
  type ScopeOptions,
} from './scope-options.js';
import { type Reference, type WeakChild, WeakChildren } from './weak-children.js';

/** Never filled: most scopes need no list of their own, and to clear a map costs as much as to make one. */
const NO_RUNS = /* @__PURE__ */ new RunList();
const NO_HANDLERS: readonly Handler[] = [];
const NO_INSTANCES = /* @__PURE__ */ new Map<object, readonly Handler[]>();

/**
 * One lifetime in a tree of them. What its container builds listens here; when it ends, none of its handlers starts any more.
 *
 * @example
 * await using request = openScope(container, { name: 'request' });
 */
export class Scope {
  /** Shown in errors and reports. */
  readonly name: string;
  /** The scope that it was opened in; `undefined` at the top. */
  readonly parent: Scope | undefined;
  /** @internal What the scopes of one application share. */
  readonly runtime: Runtime;
  /** @internal How many events its emitter records. */
  readonly record: number;
  /** @internal When it was opened, on the application's clock. */
  readonly openedAt: number;
  /** @internal */
  readonly end: ScopeEnd;
  /** @internal Handlers by the instance that they belong to. */
  instances: Map<object, readonly Handler[]> = NO_INSTANCES;
  /** @internal Is told of its end. */
  follower: ScopeFollower | undefined = undefined;
  /** @internal The container that it belongs to, if there is one. */
  host: ScopeHost | undefined = undefined;
  /** @internal The leases that are out, once there have been any. */
  leases: Leases | undefined = undefined;
  /** @internal The scopes opened in it, once there have been any. */
  below: WeakChildren<Scope> | undefined = undefined;
  /** @internal What other scopes take over from it, once there is something. */
  releases: Releases | undefined = undefined;
  /** @internal Its handlers by class, once there are many. */
  piles: ScopePiles | undefined = undefined;
  /** @internal Leads to it, and does not keep it from being collected once it has ended; `undefined` at the top. */
  readonly reference: Reference<Scope> | undefined;
  #emitterCore: EmitterCore | undefined;
  #emitter: ScopedEmitter | undefined;
  /** Its place among the children of its parent; none at the top. */
  readonly #place: WeakChild<Scope> | undefined;
  #runs: RunList | undefined;
  #tasks: Set<LiveTask> | undefined;

  /** Made by a container's adapter. */
  constructor(runtime: Runtime, options: ScopeOptions = {}, parent?: Scope) {
    this.runtime = runtime;
    this.parent = parent;
    checkScope(options);
    this.name = options.name ?? 'scope';
    this.end = new ScopeEnd(this, patienceOf(options, parent?.end.patience));
    this.record = recordLimit(options);
    this.openedAt = runtime.clock.now();
    if (parent === undefined) return;
    parent.assertOpen();
    parent.below ??= new WeakChildren();
    this.#place = isHeld(options) ? parent.below.hold(this) : parent.below.add(this);
    this.reference = this.#place.ref;
    runtime.leaks?.opened(this);
  }

  /** Its name behind those of the scopes above: `'application/request 7'`. */
  get path(): string {
    let path = this.name;
    for (let scope = this.parent; scope !== undefined; scope = scope.parent)
      path = `${scope.name}/${path}`;
    return path;
  }

  /** How long its end waits for what is running, in milliseconds, unless the caller says otherwise. */
  get drain(): number {
    return this.end.patience.drain;
  }

  /** How long its end waits after that, once the signals of what is still running are aborted, in milliseconds. */
  get abort(): number {
    return this.end.patience.abort;
  }

  /** The emitter that lives and ends with this scope. */
  get emitter(): ScopedEmitter {
    this.#emitter ??= new ScopedEmitter(this.emitterCore);
    return this.#emitter;
  }

  /** `'ending'` from the moment on in which no handler starts any more; `'ended'` once its clean-ups have run. */
  get state(): 'open' | 'ending' | 'ended' {
    return this.end.state;
  }

  /** The scopes opened below this one that have not ended, oldest first. */
  get children(): readonly Scope[] {
    return this.below?.alive() ?? [];
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
    this.leases ??= new Leases();
    return this.leases.take(reason);
  }

  /**
   * Adds a clean-up that runs when the scope ends, after its handlers were unsubscribed and have settled; the last added runs first.
   * It is waited for as long as drain and abort allow, then left behind and named in the report. A clean-up that awaits the end of its own scope
   * or of one above is left behind.
   *
   * @throws CarillonError `CAR3001` when the scope has ended, `CAR4005` for something that is not a function
   * @example
   * scope.onDispose(() => connection.close());
   */
  onDispose(cleanup: () => void | Promise<void>): void {
    if (typeof cleanup !== 'function') throw noCleanupError(this.name, cleanup);
    this.end.onDispose(cleanup);
  }

  /**
   * Ends the scope and all below it at once: no handler starts any more. Clean-ups follow once what runs has settled; to wait for them,
   * await {@link disposeAsync} as well.
   */
  dispose(): void {
    this.end.begin();
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
   * @example
   * const { abandoned } = await scope.disposeAsync({ drain: '2s' });
   */
  disposeAsync(options: DisposeOptions = {}): Promise<DisposalReport> {
    return this.end.run(options);
  }

  [DISPOSE](): void {
    this.dispose();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.disposeAsync();
  }

  /** @internal @throws CarillonError `CAR3001` when the scope has ended */
  assertOpen(): void {
    this.end.assertOpen();
  }

  /** @internal Runs the action in the turn from which on no handler of the scope starts; returns the undoing. */
  atClose(action: () => void): () => void {
    return this.end.atClose(action);
  }

  /** @internal This scope and all below it, children before parents and the youngest first. */
  tree(): Scope[] {
    // Parents first and the oldest first, which is turned round. Scopes may nest deeper than calls can.
    const tree: Scope[] = [];
    const next: Scope[] = [this];
    for (let scope = next.pop(); scope !== undefined; scope = next.pop()) {
      tree.push(scope);
      if (scope.below !== undefined) next.push(...scope.below.alive().reverse());
    }
    return tree.reverse();
  }

  /** @internal The inside of its emitter. */
  get emitterCore(): EmitterCore {
    if (this.#emitterCore === undefined) {
      this.#emitterCore = new EmitterCore(this);
      if (this.state !== 'open') this.#emitterCore.close([]);
    }
    return this.#emitterCore;
  }

  /** @internal Where its events bubble to. */
  get above(): EmitterCore | undefined {
    return this.parent?.emitterCore;
  }

  /** @internal The runs that have not settled. */
  get runs(): RunList {
    return this.#runs ?? NO_RUNS;
  }

  /** @internal */
  runStarted(run: Run): void {
    this.#runs ??= new RunList();
    this.#runs.add(run);
    // Whoever asks for the end may have its run only now.
    const { asking } = this.end;
    if (asking === undefined) return;
    run.isSeen = true;
    for (const each of asking) each.add(run);
  }

  /** @internal */
  runSettled(run: Run): void {
    this.#runs?.delete(run);
    run.letGo();
  }

  /** @internal The tasks that have begun in it and not ended. */
  get tasks(): Set<LiveTask> {
    this.#tasks ??= new Set();
    return this.#tasks;
  }

  /** @internal Remembers the handlers of one instance. */
  own(instance: object, handlers: readonly Handler[]): void {
    if (this.instances === NO_INSTANCES) this.instances = new Map();
    this.instances.set(instance, handlers);
    this.runtime.leaks?.owns(this, instance);
  }

  /** @internal Ends the handlers of some instances: all have fallen silent before any code of the program runs. */
  disown(...instances: readonly object[]): void {
    const ended = instances.flatMap((instance) => this.instances.get(instance) ?? []);
    for (const instance of instances) {
      if (this.piles !== undefined) this.piles.remove(this.instances.get(instance) ?? NO_HANDLERS);
      this.instances.delete(instance);
    }
    for (const handler of ended) handler.silence();
    for (const handler of ended) handler.finish();
    if (this.releases !== undefined) for (const instance of instances) this.releases.run(instance);
  }

  /** @internal Silences every handler; those that have a last action are added to the ones that have to finish. Returns how many there were. */
  silence(unfinished: Handler[]): number {
    let count = 0;
    for (const handlers of this.instances.values())
      for (const handler of handlers) if (handler.active) count += 1;
    // Those of its own emitter end together, which costs less than one by one.
    this.#emitterCore?.close(unfinished);
    for (const handlers of this.instances.values()) {
      for (const handler of handlers) {
        if (!handler.active) continue;
        handler.silence();
        if (handler.onEnd !== undefined) unfinished.push(handler);
      }
    }
    this.instances = NO_INSTANCES;
    this.piles = undefined;
    return count;
  }

  /** @internal Called once the clean-ups have run. A reference to the emitter stays valid; a new one is closed from the start. */
  leave(): void {
    this.#emitterCore = undefined;
    this.#emitter = undefined;
    this.#place?.remove();
    this.runtime.leaks?.ended(this);
    this.follower?.scopeEnded();
  }
}

/** Whoever counts a scope until it has ended. */
export interface ScopeFollower {
  /** Its clean-ups have run, or were left behind. */
  scopeEnded(): void;
}

/** The property by which a container knows its own host, also after it was emptied. */
export const HOST = Symbol.for('carillon.host');

/**
 * Two copies of the package do not know the inside of each other's containers.
 *
 * @throws CarillonError `CAR2012` for the host of another copy
 */
export function assertSameCopy({ scope }: { readonly scope: unknown }): void {
  if (scope instanceof Scope) return;
  throw new CarillonError(
    'CAR2012',
    'The container was wired by another copy of carillon in this program. Let one copy be installed (npm ls carillon), and load it as ES modules or as CommonJS, not as both.',
  );
}

/** `CAR4005` */
function noCleanupError(scope: string, given: unknown): CarillonError {
  return new CarillonError(
    'CAR4005',
    `onDispose() of scope "${scope}" was given ${shownType(given)}. Give a function.`,
  );
}

/** One container's part of an application. */
export interface ScopeHost {
  /** The container's own scope. */
  readonly scope: Scope;
  /** The application that all of its containers share. */
  readonly application: {
    /** The scope at the top. */
    readonly scope: Scope;
    /** Every handler that has not ended. */
    handlers(): readonly Handler[];
    /** @internal What a tracked session waits for. */
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
