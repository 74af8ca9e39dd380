/** The scopes that are open for requests, connections and jobs: each is ended once, and counted until it has ended. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { CarillonError } from '../../decorators/carillon-error.js';
import { OPEN_SCOPE, type ScopeOpener } from '../application/scope-opener.js';
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';
import { isThenable } from '../events/is-thenable.js';
import { type DisposalReport, leftBehindError } from '../scope/disposal-report.js';
import type { Lease } from '../scope/lease.js';
import { HOST, type Scope, type ScopeFollower, type ScopeHost } from '../scope/scope.js';
import { HELD, type HeldScopeOptions, type ScopeOptions } from '../scope/scope-options.js';

/** What such scopes have in common. */
export interface LiveScopesOptions {
  /** In milliseconds. */
  readonly limit: number;
  readonly drain: ScopeOptions['drain'];
  readonly onEnd: ((report: DisposalReport) => void) | undefined;
}

/** An open scope with its container. */
export class LiveScope<Opened extends object> implements ScopeFollower {
  readonly container: Opened;
  readonly scope: Scope;
  readonly #scopes: LiveScopes<Opened>;
  readonly #timer: unknown;
  #ending: Promise<void> | undefined;
  /** Its failures are told by the end that nobody awaits. */
  #isTold = false;

  constructor(scopes: LiveScopes<Opened>, container: Opened, limit: number) {
    this.#scopes = scopes;
    this.container = container;
    this.scope = (container as unknown as { readonly [HOST]: ScopeHost })[HOST].scope;
    if (limit !== Number.POSITIVE_INFINITY)
      this.#timer = setTimer(this.#clock, () => this.#expire(limit), limit);
    // Whoever ends it: the program, or the end of the application.
    this.scope.follower = this;
  }

  /** Begins the end of the scope, unless it has begun; leases hold it up. Resolves once it has ended; never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The same where nobody waits for it. What has nothing to wait for has ended when it returns, without a promise: those are dear where their context is followed. */
  close(): void {
    const { end } = this.scope;
    if (this.#ending !== undefined || this.#scopes.onEnd !== undefined || !end.isIdle) {
      void this.end();
      return;
    }
    this.#isTold = true;
    end.begin();
  }

  /** Runs the work as a part of the request: it has the scope until it has settled. */
  run<T>(reason: string, work: () => T): T {
    const lease = this.scope.lease(reason);
    try {
      return releaseAfter(this.enter(work), lease);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /** Runs the function with this scope as the current one. */
  enter<T>(work: () => T): T {
    return this.#scopes.storage.run(this, work);
  }

  async #end(): Promise<void> {
    let report: DisposalReport | undefined;
    try {
      report = await this.scope.disposeAsync();
    } catch (error) {
      if (!this.#isTold) this.scope.runtime.report(error as CarillonError);
    }
    if (report !== undefined) this.#tell(report);
  }

  #tell(report: DisposalReport): void {
    const { onEnd } = this.#scopes;
    const { cleanups, scope } = report;
    if (onEnd === undefined) {
      if (cleanups.length > 0 && !this.#isTold)
        this.scope.runtime.report(leftBehindError(scope, cleanups));
      return;
    }
    try {
      onEnd(report);
    } catch (error) {
      this.scope.runtime.report(listenerError('onEnd', this.scope.name, error));
    }
  }

  scopeEnded(): void {
    clearTimer(this.#clock, this.#timer);
    this.#scopes.left();
  }

  get #clock(): Clock {
    return this.scope.runtime.clock;
  }

  #expire(limit: number): void {
    const { name, runtime } = this.scope;
    runtime.report(
      new CarillonError(
        'CAR3020',
        `Scope "${name}" was ended: it was open for its limit of ${limit} ms, and was neither answered nor left. Let its handler answer, or give it more time with limit.`,
      ),
    );
    this.close();
  }
}

/** Opens them below one container, and waits for them. */
export class LiveScopes<Opened extends object> {
  readonly storage = new AsyncLocalStorage<LiveScope<Opened>>();
  readonly onEnd: LiveScopesOptions['onEnd'];
  readonly #root: ScopeOpener<Opened>;
  readonly #options: LiveScopesOptions;
  #open = 0;
  #waiting: (() => void)[] = [];

  constructor(root: ScopeOpener<Opened>, options: LiveScopesOptions) {
    this.#root = root;
    this.#options = options;
    this.onEnd = options.onEnd;
  }

  get size(): number {
    return this.#open;
  }

  /**
   * @param limit in milliseconds; default the one of the options
   * @throws CarillonError `CAR3001` when the application has ended
   */
  open(name: string, limit = this.#options.limit): LiveScope<Opened> {
    const { drain } = this.#options;
    const options: HeldScopeOptions =
      drain === undefined ? { name, [HELD]: true } : { name, drain, [HELD]: true };
    const live = new LiveScope(this, this.#root[OPEN_SCOPE](options), limit);
    this.#open += 1;
    return live;
  }

  /** One has ended. */
  left(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves once none is open. */
  async settled(): Promise<void> {
    while (this.#open > 0)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }
}

/** `CAR3021`: nobody else would tell. */
export function listenerError(place: string, scope: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR3021',
    `${place} failed in scope "${scope}". See the cause, and catch it there where the client has to know.`,
    { cause },
  );
}

/** Gives the lease back when the value has settled. */
function releaseAfter<T>(value: T, lease: Lease): T {
  if (!isThenable(value)) {
    lease.release();
    return value;
  }
  const release = () => lease.release();
  value.then(release, release);
  return value;
}
