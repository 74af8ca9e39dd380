/** How an application is started, and what came of it. */
import type { ServiceIdentifier } from 'inversify';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { type OptionShape, oneOf } from '../../../decorators/check-options.js';
import { notBuilt } from '../../application/service-failure.js';
import { nameOfService } from './inversify-internals.js';

/** How an application is started. */
export interface StartOptions {
  /**
   * Which singletons are built: those whose class, constant or identifier declares handlers, or all. Neither builds transients. Default
   * `'listeners'`.
   */
  readonly build?: 'listeners' | 'all' | undefined;
  /**
   * What happens where one cannot be built: it is reported as `CAR2002`, or `start` rejects with {@link StartError} once it has tried all.
   * Default `'report'`; a service wants `'throw'`.
   */
  readonly onFailure?: 'report' | 'throw' | undefined;
}

/** What `start` takes. */
export const START: OptionShape<StartOptions> = /* @__PURE__ */ (() => ({
  build: oneOf('listeners', 'all'),
  onFailure: oneOf('report', 'throw'),
}))();

/** What `start` did with what is bound. */
export interface StartReport {
  /** The services that were built, or had been, in the order of their bindings. */
  readonly built: readonly ServiceIdentifier[];
  /** The services that could not be built. */
  readonly failed: readonly FailedService[];
  /** The bindings that may give handlers and were not built, in their order. What they give is wired when it is resolved. */
  readonly skipped: readonly SkippedService[];
}

/** A service that could not be built. */
export interface FailedService {
  /** What it is resolved by. */
  readonly identifier: ServiceIdentifier;
  /** What its building threw. */
  readonly error: unknown;
}

/** A binding that may give handlers and was not built. */
export interface SkippedService {
  /** What it is resolved by. */
  readonly identifier: ServiceIdentifier;
  /**
   * `'transient'` and `'request'`: an instance of its own for whoever resolves it. `'unknown class'`: a singleton from a function, whose
   * class is not known before it runs; `build: 'all'` runs it.
   */
  readonly reason: 'transient' | 'request' | 'unknown class';
}

/**
 * `CAR2009`: `start(container, { onFailure: 'throw' })` could not build everything. The application has not started; what was built stays until it
 * is stopped, or started again.
 */
export class StartError extends CarillonError {
  override readonly name = 'StartError';

  constructor(
    /** Each service that could not be built, with what its building threw. */
    readonly failed: readonly FailedService[],
  ) {
    const names = failed.map(({ identifier }) => nameOfService(identifier)).join(', ');
    super(
      'CAR2009',
      `start() could not build ${names}: the application has not started. See "failed"; mend that and start again, or stop(container).`,
      { cause: failed[0]?.error },
    );
  }
}

/** `CAR2002`: one service could not be built. */
export function buildError({ identifier, error }: FailedService): CarillonError {
  return notBuilt(nameOfService(identifier), error);
}
