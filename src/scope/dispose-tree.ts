/** How a tree of scopes ends: leases, unsubscribing, draining, aborting, cleaning up, in that order. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { Run } from '../dispatch/run.js';
import { Deadline } from './deadline.js';
import { abandonedHandler, DisposalError, type DisposalReport } from './disposal-report.js';
import type { Scope } from './scope.js';

/** How long an end waits: at first in peace, then with aborted signals. */
export interface Patience {
  readonly drain: number;
  readonly abort: number;
}

/**
 * Ends the scope and all below it.
 *
 * @param own the runs that wait for this end and must not be waited for; more may be added while it runs
 */
export async function disposeTree(
  scope: Scope,
  { drain, abort }: Patience,
  own: ReadonlySet<Run>,
): Promise<DisposalReport> {
  const { clock } = scope.runtime;
  const deadline = new Deadline(clock, drain);
  try {
    if (drain > 0 && leases(scope) > 0) await deadline.race(allReturned(scope));
    const leased = leases(scope);
    const members = scope.tree();
    scope.closeTree();
    const handlers = members.reduce((sum, member) => sum + member.unsubscribed, 0);
    if (drain > 0) await drainRuns(members, own, deadline);
    await abortRuns(members, own, scope.name, new Deadline(clock, abort));
    const left = running(members, own);
    const report: DisposalReport = {
      scope: scope.name,
      handlers,
      leases: leased,
      abandoned: left.map((run) => abandonedHandler(run, clock.now())),
    };
    for (const run of left) run.abandon();
    await cleanUp(members, report);
    return report;
  } finally {
    deadline.cancel();
  }
}

function leases(scope: Scope): number {
  return scope.tree().reduce((sum, member) => sum + member.leased, 0);
}

async function allReturned(scope: Scope): Promise<void> {
  while (leases(scope) > 0)
    await Promise.all(scope.tree().map((member) => member.leasesReturned()));
}

async function drainRuns(
  members: readonly Scope[],
  own: ReadonlySet<Run>,
  deadline: Deadline,
): Promise<void> {
  for (;;) {
    const busy = members.filter((member) => member.isBusy(own));
    if (busy.length === 0 || deadline.passed) return;
    await deadline.race(Promise.race(busy.map((member) => member.nextSettled())));
  }
}

/** What does not heed its signal is left behind when the deadline has passed. */
async function abortRuns(
  members: readonly Scope[],
  own: ReadonlySet<Run>,
  name: string,
  deadline: Deadline,
): Promise<void> {
  const left = running(members, own);
  if (left.length === 0) return;
  const reason = new CarillonError(
    'CAR3006',
    `Scope "${name}" has ended, and its drain time is over.`,
  );
  for (const run of left) run.abort(() => reason);
  await drainRuns(members, own, deadline);
  deadline.cancel();
}

function running(members: readonly Scope[], own: ReadonlySet<Run>): Run[] {
  return members.flatMap((member) => [...member.runs].filter((run) => !own.has(run)));
}

async function cleanUp(members: readonly Scope[], report: DisposalReport): Promise<void> {
  for (const member of members) await member.cleanUp();
  const errors = members.flatMap(({ failures }) => failures);
  if (errors.length > 0) throw new DisposalError(errors, report);
}
