/** The end of a scope: its state, its clean-ups, and how a tree of scopes goes through leases, unsubscribing, draining, aborting and cleaning up. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { quickFault, refuseFault } from '../../decorators/check-options.js';
import { endedError } from '../dispatch/errors.js';
import { type Run, runOf } from '../dispatch/run.js';
import type { Runtime } from '../dispatch/runtime.js';
import { isThenable } from '../events/is-thenable.js';
import { Deadline } from './deadline.js';
import { abandonedHandler, DisposalError, type DisposalReport } from './disposal-report.js';
import type { Leases } from './lease.js';
import type { RunList } from './run-list.js';
import { DISPOSAL, type DisposeOptions, type Patience, patienceOf } from './scope-options.js';
import type { WeakChildren } from './weak-children.js';

const NO_ERRORS: readonly unknown[] = [];
const NO_RUNS: ReadonlySet<Run> = new Set();

/** A scope as its end sees it. */
export interface EndingScope {
  readonly name: string;
  readonly runtime: Runtime;
  readonly parent: EndingScope | undefined;
  /** Its children, once there have been any. */
  readonly below: WeakChildren<object> | undefined;
  /** The runs that have not settled. */
  readonly runs: RunList;
  /** Those that are out, once there have been any. */
  readonly leases: Leases | undefined;
  readonly end: ScopeEnd;
  /** This scope and all below it, children before parents and the youngest first. */
  tree(): readonly EndingScope[];
  /** Ends every handler; returns how many there were. */
  unsubscribe(): number;
  /** Drops the emitter and leaves the parent: the clean-ups have run. */
  leave(): void;
}

/** The end of one scope, before, during and after it. */
export class ScopeEnd {
  /** How long it waits unless the caller says otherwise. */
  readonly patience: Patience;
  readonly #scope: EndingScope;
  #state: 'open' | 'ending' | 'ended' = 'open';
  /** How many handlers it has unsubscribed. */
  #unsubscribed = 0;
  #closeActions: Set<() => void> | undefined;
  #cleanups: (() => unknown)[] | undefined;
  #failures: unknown[] | undefined;
  /** Set once a clean-up has to be waited for. */
  #cleaning: Promise<void> | undefined;
  #ending: Promise<DisposalReport> | undefined;
  /** The runs that wait for this end while it goes on, and are not waited for. */
  #excused: Set<Run> | undefined;

  constructor(scope: EndingScope, patience: Patience) {
    this.#scope = scope;
    this.patience = patience;
  }

  get state(): 'open' | 'ending' | 'ended' {
    return this.#state;
  }

  /** @throws CarillonError `CAR3001` when the end has begun */
  assertOpen(): void {
    if (this.#state !== 'open') throw endedError(this.#scope.name);
  }

  /** Runs the action in the turn from which on no handler starts; returns the undoing. */
  atClose(action: () => void): () => void {
    this.#closeActions ??= new Set();
    this.#closeActions.add(action);
    return () => void this.#closeActions?.delete(action);
  }

  /** Adds a clean-up, which runs before those that are there. */
  onDispose(cleanup: () => unknown): void {
    this.assertOpen();
    this.#cleanups ??= [];
    this.#cleanups.push(cleanup);
  }

  /** Begins the end. Whatever has to be waited for goes on afterwards; its failures are reported. */
  begin(): void {
    this.#closeTree();
    if (this.#ending !== undefined || this.#state === 'ended') return;
    if (this.#isIdle() && this.cleanUp() === undefined && this.#failures === undefined) return;
    this.run({}).catch((error: CarillonError) => this.#scope.runtime.report(error));
  }

  /** The whole end, for which a second call waits as well. */
  run(options: DisposeOptions): Promise<DisposalReport> {
    refuseFault('CAR7001', 'The end of a scope', quickFault(DISPOSAL, options));
    const patience = patienceOf(options, this.patience);
    const asking = runOf(options.delivery) ?? this.#scope.runtime.context.current();
    if (this.#ending !== undefined) this.#excuse(asking);
    else
      this.#ending =
        this.#state === 'ended' || this.#isIdle()
          ? this.#endIdle()
          : this.#endTree(patience, asking);
    return this.#ending;
  }

  /** Nothing has to be waited for but its clean-ups. */
  async #endIdle(): Promise<DisposalReport> {
    this.#closeTree();
    // What they ask of the end has its promise by then.
    await undefined;
    const cleaning = this.cleanUp();
    if (cleaning !== undefined) await cleaning;
    const report: DisposalReport = {
      scope: this.#scope.name,
      handlers: this.#unsubscribed,
      leases: 0,
      abandoned: [],
    };
    if (this.#failures !== undefined) throw new DisposalError(this.#failures, report);
    return report;
  }

  /** Whether nothing has to be waited for. */
  #isIdle(): boolean {
    const { runs, leases, below } = this.#scope;
    return runs.isEmpty && (leases?.count ?? 0) === 0 && below?.isEmpty !== false;
  }

  async #endTree(patience: Patience, asking: Run | undefined): Promise<DisposalReport> {
    const excused = new Set<Run>();
    this.#excused = excused;
    this.#excuse(asking);
    // A run that waits for an end above waits for this one as well.
    for (let above = this.#scope.parent; above !== undefined; above = above.parent)
      for (const run of above.end.#excused ?? NO_RUNS) excused.add(run);
    try {
      return await this.#endWaiting(patience, excused);
    } finally {
      this.#excused = undefined;
    }
  }

  /** Does not wait for a run that awaits this end, nor for what led to it; neither do the ends below. */
  #excuse(run: Run | undefined): void {
    if (run === undefined || this.#excused === undefined) return;
    for (const { end, runs } of this.#scope.tree()) {
      for (let step: Run | undefined = run; step !== undefined; step = step.cause)
        end.#excused?.add(step);
      runs.wake();
    }
  }

  /** @param excused more may be added meanwhile */
  async #endWaiting(
    { drain, abort }: Patience,
    excused: ReadonlySet<Run>,
  ): Promise<DisposalReport> {
    const scope = this.#scope;
    const { clock } = scope.runtime;
    const deadline = new Deadline(clock, drain);
    try {
      if (drain > 0 && leased(scope) > 0) await deadline.race(allReturned(scope));
      const leases = leased(scope);
      const members = scope.tree();
      this.#closeTree();
      const handlers = members.reduce((sum, { end }) => sum + end.#unsubscribed, 0);
      if (drain > 0) await drainRuns(members, excused, deadline);
      await abortRuns(members, excused, scope.name, new Deadline(clock, abort));
      const left = running(members, excused);
      const report: DisposalReport = {
        scope: scope.name,
        handlers,
        leases,
        abandoned: left.map((run) => abandonedHandler(run, clock.now())),
      };
      for (const run of left) run.abandon();
      await cleanUpAll(members, report);
      return report;
    } finally {
      deadline.cancel();
    }
  }

  /** Unsubscribes everything of the scope and of those below it. */
  #closeTree(): void {
    if (this.#scope.below?.isEmpty !== false) this.#close();
    else for (const { end } of this.#scope.tree()) end.#close();
  }

  #close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#unsubscribed = this.#scope.unsubscribe();
    const actions = this.#closeActions;
    if (actions === undefined) return;
    this.#closeActions = undefined;
    for (const action of actions) action();
  }

  /** What the clean-ups have thrown. */
  get failures(): readonly unknown[] {
    return this.#failures ?? NO_ERRORS;
  }

  /** Runs the clean-ups, the last added first. Returns a promise where one of them has to be waited for, whoever began. */
  cleanUp(): Promise<void> | undefined {
    if (this.#cleaning === undefined) {
      const pending = this.#cleanUpNow();
      if (pending !== undefined) this.#cleaning = this.#cleanUpAfter(pending);
    }
    return this.#cleaning;
  }

  /** Runs clean-ups until one has to be waited for, and returns that one's promise. */
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
    this.#state = 'ended';
    this.#scope.leave();
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
}

/** How many leases of the tree are out. */
function leased(scope: EndingScope): number {
  return scope.tree().reduce((sum, { leases }) => sum + (leases?.count ?? 0), 0);
}

async function allReturned(scope: EndingScope): Promise<void> {
  while (leased(scope) > 0) await Promise.all(scope.tree().map(({ leases }) => leases?.returned()));
}

async function drainRuns(
  members: readonly EndingScope[],
  excused: ReadonlySet<Run>,
  deadline: Deadline,
): Promise<void> {
  for (;;) {
    const busy = members.filter(({ runs }) => runs.hasOther(excused));
    if (busy.length === 0 || deadline.passed) return;
    await deadline.race(Promise.race(busy.map(({ runs }) => runs.nextSettled())));
  }
}

/** Aborts the signals of what still runs. What ignores its signal is left behind when the deadline has passed. */
async function abortRuns(
  members: readonly EndingScope[],
  excused: ReadonlySet<Run>,
  name: string,
  deadline: Deadline,
): Promise<void> {
  const left = running(members, excused);
  if (left.length === 0) return;
  const reason = new CarillonError(
    'CAR3006',
    `Scope "${name}" has ended, and its drain time is over.`,
  );
  for (const run of left) run.abort(() => reason);
  await drainRuns(members, excused, deadline);
  deadline.cancel();
}

function running(members: readonly EndingScope[], excused: ReadonlySet<Run>): Run[] {
  return members.flatMap(({ runs }) => [...runs].filter((run) => !excused.has(run)));
}

async function cleanUpAll(members: readonly EndingScope[], report: DisposalReport): Promise<void> {
  for (const { end } of members) await end.cleanUp();
  const errors = members.flatMap(({ end }) => end.failures);
  if (errors.length > 0) throw new DisposalError(errors, report);
}
