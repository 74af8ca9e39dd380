/** Finds scopes that were opened and never ended: those that the bus or a queue still holds, and those that were collected. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { checkOptions, needed, type OptionShape } from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import { type Clock, clearTimer, setTimer } from '../dispatch/clock.js';
import { hiddenField } from './hidden-field.js';
import type { Scope } from './scope.js';
import { stackFrames } from './stack-frames.js';

/** Which scopes count as forgotten. */
export interface LeakOptions {
  /** How long a scope below the application's may be open. */
  readonly after: Duration;
}

const LEAKS: OptionShape<LeakOptions> = /* @__PURE__ */ (() => ({
  after: needed(duration({ above: 0 })),
}))();

/** What is known of one scope, without holding it. */
interface OpenScope {
  readonly path: string;
  readonly at: number;
  readonly stack: string;
  readonly scope: WeakRef<Scope>;
  readonly classes: Set<string>;
}

/** The scopes of one application. Each fault is reported once, with the stack that opened the scope. */
export class LeakTracker {
  readonly #after: number;
  readonly #clock: Clock;
  readonly #report: (error: CarillonError) => void;
  /** The oldest first. */
  readonly #open = new Set<OpenScope>();
  readonly #byScope = hiddenField<OpenScope>();
  readonly #collected = new FinalizationRegistry<OpenScope>((opened) => this.#wasCollected(opened));
  #timer: unknown;

  /** @throws CarillonError `CAR7001` for a limit that is no time */
  constructor(options: LeakOptions, clock: Clock, report: (error: CarillonError) => void) {
    checkOptions('CAR7001', 'The option leaks', LEAKS, options);
    this.#after = milliseconds(options.after);
    this.#clock = clock;
    this.#report = report;
  }

  opened(scope: Scope): void {
    const { path, openedAt } = scope;
    const opened: OpenScope = {
      path,
      at: openedAt,
      stack: stackOfOpening(),
      scope: new WeakRef(scope),
      classes: new Set(),
    };
    this.#open.add(opened);
    this.#byScope.set(scope, opened);
    this.#collected.register(scope, opened, opened);
    this.#arm();
  }

  owns(scope: Scope, instance: object): void {
    this.#byScope.of(scope)?.classes.add(instance.constructor.name);
  }

  ended(scope: Scope): void {
    const opened = this.#byScope.of(scope);
    if (opened === undefined) return;
    this.#collected.unregister(opened);
    this.#forget(opened);
  }

  #arm(): void {
    const [oldest] = this.#open;
    if (this.#timer !== undefined || oldest === undefined) return;
    const rest = oldest.at + this.#after - this.#clock.now();
    this.#timer = setTimer(this.#clock, () => this.#look(), Math.max(0, rest));
  }

  /** A scope that was reported is not looked at again. */
  #look(): void {
    this.#timer = undefined;
    const after = this.#after;
    const now = this.#clock.now();
    for (const opened of this.#open) {
      if (now - opened.at < after) break;
      this.#open.delete(opened);
      // One that was collected is reported as such.
      if (opened.scope.deref() === undefined) continue;
      this.#collected.unregister(opened);
      this.#report(
        leakError('CAR3010', `has been open for ${Math.round(now - opened.at)} ms`, opened),
      );
    }
    this.#arm();
  }

  #wasCollected(opened: OpenScope): void {
    this.#forget(opened);
    this.#report(
      leakError(
        'CAR3011',
        'was collected, but nobody had disposed it: its clean-ups never ran',
        opened,
      ),
    );
  }

  #forget(opened: OpenScope): void {
    this.#open.delete(opened);
    if (this.#open.size > 0 || this.#timer === undefined) return;
    clearTimer(this.#clock, this.#timer);
    this.#timer = undefined;
  }
}

function leakError(
  code: 'CAR3010' | 'CAR3011',
  fault: string,
  { path, classes, stack }: OpenScope,
): CarillonError {
  const held = classes.size === 0 ? '' : ` It owns ${[...classes].join(', ')}.`;
  const cause = new Error(`Scope "${path}" was opened here.`);
  cause.stack = `${cause.name}: ${cause.message}\n${stack}`;
  return new CarillonError(
    code,
    `Scope "${path}" ${fault}.${held} Dispose it, best by "await using", where its work is done; the cause shows who opened it.`,
    { cause },
  );
}

function stackOfOpening(): string {
  const frames = stackFrames();
  const opener = frames.findLastIndex((frame) => /\bopenScope\b/.test(frame));
  return frames.slice(opener + 1).join('\n');
}
