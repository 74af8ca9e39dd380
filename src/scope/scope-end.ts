/** The end of a scope: its state, its clean-ups, and how a tree of scopes goes through leases, unsubscribing, draining, aborting and cleaning up. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { quickFault, refuseFault } from '../../decorators/check-options.js';
import { endedError } from '../dispatch/errors.js';
import type { Handler } from '../dispatch/handler.js';
import { type Run, runOf } from '../dispatch/run.js';
import type { Runtime } from '../dispatch/runtime.js';
import { type CleanupHolder, Cleanups, type LeaveBehind } from './cleanups.js';
import { Deadline, settledWithin } from './deadline.js';
import {
  type AbandonedCleanup,
  abandonedHandler,
  DisposalError,
  type DisposalReport,
  leftBehindError,
} from './disposal-report.js';
import type { Leases } from './lease.js';
import type { Releases } from './releases.js';
import type { RunList } from './run-list.js';
import { DISPOSAL, type DisposeOptions, type Patience, patienceOf } from './scope-options.js';
import type { WeakChildren } from './weak-children.js';

const NO_ERRORS: readonly unknown[] = [];
const NO_CLEANUPS: readonly AbandonedCleanup[] = [];
const NO_RUNS: ReadonlySet<Run> = new Set();
const NO_HANDLERS: readonly Handler[] = [];
const NO_ACTIONS: ReadonlySet<() => void> = new Set();

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
  /** Silences every handler; those that have a last action are added to the ones that have to finish. Returns how many there were. */
  silence(unfinished: Handler[]): number;
  /** What other scopes take over, once there is something. */
  readonly releases: Releases | undefined;
  /** Drops the emitter and leaves the parent: the clean-ups have run. */
  leave(): void;
}

/** Those who wait for an end, and are not waited for. */
export type Asking = ReadonlySet<Run>;

/** The end of one scope, before, during and after it. */
export class ScopeEnd implements CleanupHolder {
  /** How long it waits unless the caller says otherwise. */
  readonly patience: Patience;
  readonly #scope: EndingScope;
  #state: 'open' | 'ending' | 'ended' = 'open';
  /** How many handlers it has unsubscribed. */
  #unsubscribed = 0;
  /** The handlers whose last actions have not run. */
  #unfinished: Handler[] | undefined;
  #closeActions: Set<() => void> | undefined;
  #cleanups: Cleanups | undefined;
  #failures: unknown[] | undefined;
  #ending: Promise<DisposalReport> | undefined;
  /** The whole has been reported: what fails now is told by itself. */
  #isReported = false;
  /** The runs that wait for this end while it goes on, and are not waited for. */
  #excused: Set<Run> | undefined;
  /** Who has asked for the end in this turn. */
  asking: Set<Run>[] | undefined = undefined;

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
  onDispose(cleanup: () => unknown, leave?: LeaveBehind): void {
    this.assertOpen();
    this.#cleanups ??= new Cleanups(this);
    this.#cleanups.add(cleanup, leave);
  }

  /** Begins the end. Whatever has to be waited for goes on afterwards; its failures are reported. */
  begin(): void {
    this.#closeTree();
    if (this.#ending !== undefined || this.#state === 'ended') return;
    if (this.isIdle && this.#cleanUp() === undefined && this.#failures === undefined) return;
    const { runtime } = this.#scope;
    this.#start(this.patience, NO_RUNS).then(
      ({ scope, cleanups }) => {
        if (cleanups.length > 0) runtime.report(leftBehindError(scope, cleanups));
      },
      (error: CarillonError) => runtime.report(error),
    );
  }

  /** The whole end, for which a second call waits as well. */
  run(options: DisposeOptions, asking?: Asking): Promise<DisposalReport> {
    refuseFault('CAR7001', 'The end of a scope', quickFault(DISPOSAL, options));
    const patience = patienceOf(options, this.patience);
    if (this.#ending === undefined) {
      const isIdle = this.#state === 'ended' || this.isIdle;
      return this.#start(patience, asking ?? (isIdle ? NO_RUNS : this.askedBy(options)));
    }
    this.#excuse(asking ?? this.askedBy(options));
    return this.#ending;
  }

  /**
   * Who asks for the end at this moment: the run at hand, and what led to it. More may be added until the turn is over: a handler that is
   * called for the first time may have its run only once it has returned.
   */
  askedBy({ delivery }: DisposeOptions): Asking {
    const asking = new Set<Run>();
    const { runtime } = this.#scope;
    const cause = runOf(delivery)?.asCause ?? runtime.context.current();
    for (const run of cause?.runs() ?? NO_RUNS) asking.add(run);
    const ends = this.#scope.tree().map(({ end }) => end);
    for (const end of ends) {
      end.asking ??= [];
      end.asking.push(asking);
    }
    void Promise.resolve().then(() => {
      for (const end of ends) end.asking = undefined;
      this.#excuse(asking);
    });
    return asking;
  }

  #start(patience: Patience, asking: Asking): Promise<DisposalReport> {
    this.#ending =
      this.#state === 'ended' || this.isIdle
        ? this.#endIdle(patience)
        : this.#endTree(patience, asking);
    return this.#ending;
  }

  /** Nothing has to be waited for but its clean-ups. */
  async #endIdle(patience: Patience): Promise<DisposalReport> {
    this.#closeTree();
    // What they ask of the end has its promise by then.
    await undefined;
    const isWaiting = this.#cleanUp() !== undefined;
    const cleanups = isWaiting ? await cleanUpAll([this.#scope], patience) : NO_CLEANUPS;
    return this.#reported({
      scope: this.#scope.name,
      handlers: this.#unsubscribed,
      leases: 0,
      abandoned: [],
      cleanups,
    });
  }

  /** Whether nothing has to be waited for, but maybe its clean-ups. */
  get isIdle(): boolean {
    const { runs, leases, below } = this.#scope;
    return runs.isEmpty && leases?.isEmpty !== false && below?.isEmpty !== false;
  }

  async #endTree(patience: Patience, asking: Asking): Promise<DisposalReport> {
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

  /** Does not wait for the runs that await this end; neither do the ends below. */
  #excuse(asking: Asking): void {
    if (asking.size === 0 || this.#excused === undefined) return;
    for (const { end, runs } of this.#scope.tree()) {
      for (const run of asking) end.#excused?.add(run);
      runs.wake();
    }
  }

  /** @param excused more may be added meanwhile */
  async #endWaiting(patience: Patience, excused: ReadonlySet<Run>): Promise<DisposalReport> {
    const { drain, abort } = patience;
    const scope = this.#scope;
    const { clock } = scope.runtime;
    const deadline = new Deadline(clock, drain);
    try {
      if (drain > 0 && leased(scope) > 0) await deadline.race(allReturned(scope));
      const leases = leased(scope);
      const members = scope.tree();
      this.#closeTree();
      if (drain > 0) await drainRuns(members, excused, deadline);
      await abortRuns(members, excused, scope.name, new Deadline(clock, abort));
      const left = running(members, excused);
      const abandoned = left.map((run) => abandonedHandler(run, clock.now()));
      for (const run of left) run.abandon();
      const cleanups = await cleanUpAll(members, patience);
      const handlers = members.reduce((sum, { end }) => sum + end.#unsubscribed, 0);
      const report = { scope: scope.name, handlers, leases, abandoned, cleanups };
      return this.#reported(report, members);
    } finally {
      deadline.cancel();
    }
  }

  /** @throws DisposalError `CAR3003` when a clean-up has failed */
  #reported(
    report: DisposalReport,
    members: readonly EndingScope[] = [this.#scope],
  ): DisposalReport {
    const errors = members.flatMap(({ end }) => end.#failures ?? NO_ERRORS);
    for (const { end } of members) end.#wasReported();
    if (errors.length > 0) throw new DisposalError(errors, report);
    return report;
  }

  #wasReported(): void {
    this.#isReported = true;
  }

  /** Closes the scope and those below it: all of them are silent before any code of the program runs. */
  #closeTree(): void {
    if (this.#scope.below?.isEmpty !== false) {
      if (this.#state !== 'open') return;
      this.#close();
      this.#runCloseActions();
      return;
    }
    const closing = this.#scope.tree().filter(({ end }) => end.#state === 'open');
    for (const { end } of closing) end.#close();
    for (const { end } of closing) end.#runCloseActions();
  }

  /** From now on no handler of the scope starts, and no scope opens below it. */
  #close(): void {
    this.#state = 'ending';
    const unfinished: Handler[] = [];
    this.#unsubscribed = this.#scope.silence(unfinished);
    if (unfinished.length > 0) this.#unfinished = unfinished;
  }

  /** These may run code of the program: the end of a task, what listens to an aborted signal. */
  #runCloseActions(): void {
    const { releases } = this.#scope;
    if (releases !== undefined) this.#attempt(() => releases.runAll());
    const unfinished = this.#unfinished;
    const actions = this.#closeActions;
    if (unfinished === undefined && actions === undefined) return;
    this.#unfinished = undefined;
    this.#closeActions = undefined;
    for (const handler of unfinished ?? NO_HANDLERS) this.#attempt(() => handler.finish());
    for (const action of actions ?? NO_ACTIONS) this.#attempt(action);
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.cleanupFailed(error);
    }
  }

  /** Those of its clean-ups that have begun and not settled. */
  get cleanups(): Cleanups | undefined {
    return this.#cleanups;
  }

  /** Runs the clean-ups. Returns a promise where one of them has to be waited for, whoever began. */
  #cleanUp(): Promise<void> | undefined {
    if (this.#cleanups !== undefined) return this.#cleanups.begin();
    if (this.#state !== 'ended') this.cleanedUp();
    return undefined;
  }

  /** The same, no longer than until then. */
  cleanUpWithin(deadline: Deadline): Promise<void> | undefined {
    return this.#cleanups === undefined ? this.#cleanUp() : this.#cleanups.beginWithin(deadline);
  }

  cleanedUp(): void {
    this.#state = 'ended';
    this.#scope.leave();
  }

  cleanupFailed(error: unknown): void {
    if (this.#isReported) this.#reportLate(error);
    else {
      this.#failures ??= [];
      this.#failures.push(error);
    }
  }

  #reportLate(error: unknown): void {
    const { name, runtime } = this.#scope;
    const report = { scope: name, handlers: 0, leases: 0, abandoned: [], cleanups: [] };
    runtime.report(new DisposalError([error], report));
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
    `Scope "${name}" is ending, and its drain time is over. Stop this work, or give the scope more drain time.`,
  );
  for (const run of left) run.abort(() => reason);
  await drainRuns(members, excused, deadline);
  deadline.cancel();
}

function running(members: readonly EndingScope[], excused: ReadonlySet<Run>): Run[] {
  return members.flatMap(({ runs }) => [...runs].filter((run) => !excused.has(run)));
}

/**
 * Runs the clean-ups of the scopes, one after another. Those that have not settled when drain and abort together are over are passed over;
 * what has not settled a further abort time later, while the others were run, is left behind.
 */
async function cleanUpAll(
  members: readonly EndingScope[],
  { drain, abort }: Patience,
): Promise<readonly AbandonedCleanup[]> {
  const [first] = members;
  if (first === undefined) return NO_CLEANUPS;
  const { clock } = first.runtime;
  const deadline = new Deadline(clock, drain + abort);
  for (const { end } of members) {
    const cleaning = end.cleanUpWithin(deadline);
    if (cleaning !== undefined) await cleaning;
  }
  deadline.cancel();
  const pending = members.flatMap(({ end }) => end.cleanups?.pending ?? []);
  if (pending.length > 0) await settledWithin(clock, abort, pending);
  return members.flatMap(({ name, end }) =>
    (end.cleanups?.leaveBehind() ?? []).map((cleanup) => ({ cleanup, scope: name })),
  );
}
