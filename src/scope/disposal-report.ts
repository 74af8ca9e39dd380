/** The report of a scope's end, and its error. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { handlerEvent } from '../dispatch/handler.js';
import type { Run } from '../dispatch/run.js';

/** A handler that was still running when the drain time was over. */
export interface AbandonedHandler {
  /** Its class; empty for a plain function. */
  readonly className: string;
  /** The name of the method or of the plain function. */
  readonly method: string;
  /** The name of the event. */
  readonly event: string;
  /** The name of the scope that owns it. */
  readonly scope: string;
  /** Milliseconds since it was started. */
  readonly runningFor: number;
}

/** A clean-up that had not settled when its time was over. */
export interface AbandonedCleanup {
  /** What it is, such as `'@preDestroy of Socket'`. */
  readonly cleanup: string;
  /** The name of the scope that it belongs to. */
  readonly scope: string;
}

/** What the end of a scope and of the scopes below it did. */
export interface DisposalReport {
  /** The name of the scope that has ended. */
  readonly scope: string;
  /** How many handlers were unsubscribed. */
  readonly handlers: number;
  /** How many leases had not been released when the drain time was over. */
  readonly leases: number;
  /** The handlers that were left behind. */
  readonly abandoned: readonly AbandonedHandler[];
  /** The clean-ups that were left behind. */
  readonly cleanups: readonly AbandonedCleanup[];
}

/** `CAR3003`: one or more clean-ups failed; each error is in {@link errors}. The scope has ended nevertheless. */
export class DisposalError extends CarillonError {
  /** @internal */
  static override readonly kind: string = 'DisposalError';
  override readonly name = 'DisposalError';

  constructor(
    /** What each clean-up threw. */
    readonly errors: readonly unknown[],
    /** The report that the end would have resolved with. */
    readonly report: DisposalReport,
  ) {
    super(
      'CAR3003',
      `${errors.length} clean-up(s) of scope "${report.scope}" failed. The scope has ended; mend what "errors" holds.`,
      { cause: errors[0] },
    );
  }
}

/** `CAR3008`: an end that nobody awaits has left clean-ups behind. */
export function leftBehindError(
  scope: string,
  cleanups: readonly AbandonedCleanup[],
): CarillonError {
  const names = cleanups.map((left) => `${left.cleanup} of scope "${left.scope}"`).join(', ');
  return new CarillonError(
    'CAR3008',
    `Scope "${scope}" ended and left behind what had not settled in time: ${names}. Give it a time-out, or give the end more time by drain and abort.`,
  );
}

/** Describes a run that is left behind. */
export function abandonedHandler(run: Run, now: number): AbandonedHandler {
  const { plan, owner } = run.handler;
  return {
    className: plan.className,
    method: String(plan.method),
    event: handlerEvent(plan),
    scope: owner.name,
    runningFor: now - run.startedAt,
  };
}
