/** How a tree of scopes ends: leases, unsubscribing, draining, cleaning up, in that order. */
import type { Run } from '../dispatch/handler-owner.js';
import { Deadline } from './deadline.js';
import { abandonedHandler, DisposalError, type DisposalReport } from './disposal-report.js';
import type { Scope } from './scope.js';

/** Ends the scope and all below it within `drain` milliseconds of waiting. */
export async function disposeTree(scope: Scope, drain: number): Promise<DisposalReport> {
  const { clock, context } = scope.runtime;
  // Whoever awaits this from inside a handler must not be waited for.
  const own = causesOf(context.current());
  const deadline = new Deadline(clock, drain);
  try {
    if (drain > 0 && leases(scope) > 0) await deadline.race(allReturned(scope));
    const leased = leases(scope);
    const members = scope.tree();
    scope.closeTree();
    const handlers = members.reduce((sum, member) => sum + member.unsubscribed, 0);
    if (drain > 0) await drainRuns(members, own, deadline);
    const abandoned = members.flatMap((member) =>
      [...member.runs].filter((run) => !own.has(run)).map((run) => abandonedHandler(run, clock.now())),
    );
    const report: DisposalReport = { scope: scope.name, handlers, leases: leased, abandoned };
    await cleanUp(members, report);
    return report;
  } finally {
    deadline.cancel();
  }
}

function causesOf(run: Run | undefined): ReadonlySet<Run> {
  const causes = new Set<Run>();
  for (let step = run; step !== undefined; step = step.cause) causes.add(step);
  return causes;
}

function leases(scope: Scope): number {
  return scope.tree().reduce((sum, member) => sum + member.leased, 0);
}

async function allReturned(scope: Scope): Promise<void> {
  while (leases(scope) > 0) await Promise.all(scope.tree().map((member) => member.leasesReturned()));
}

async function drainRuns(members: readonly Scope[], own: ReadonlySet<Run>, deadline: Deadline): Promise<void> {
  for (;;) {
    const busy = members.filter((member) => member.isBusy(own));
    if (busy.length === 0 || deadline.passed) return;
    await deadline.race(Promise.race(busy.map((member) => member.nextSettled())));
  }
}

async function cleanUp(members: readonly Scope[], report: DisposalReport): Promise<void> {
  const errors: unknown[] = [];
  for (const member of members) await member.cleanUp(errors);
  if (errors.length > 0) throw new DisposalError(errors, report);
}
