/** The call of a handler inside of its interceptors. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { isThenable } from '../events/is-thenable.js';
import { abandonedError, handlerEvent, handlerName } from './handler.js';
import type { Interceptor } from './interceptor.js';
import { type Run, reportFailure } from './run.js';

/** Runs the handler inside of all interceptors, the first the outermost. */
export function intercepted(
  run: Run,
  interceptors: readonly Interceptor[],
  call: (run: Run) => unknown,
): unknown {
  const from = (index: number): unknown => {
    const interceptor = interceptors[index];
    return interceptor === undefined
      ? call(run)
      : new Interception(run, () => from(index + 1)).start(interceptor);
  };
  return from(0);
}

/** One interceptor around one call. It has settled once the interceptor has, and what its `next()` began. */
class Interception {
  readonly #run: Run;
  readonly #proceed: () => unknown;
  #hasProceeded = false;
  #isOver = false;
  #begun: NextPromise | undefined;
  #end: (() => void) | undefined;
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(run: Run, proceed: () => unknown) {
    this.#run = run;
    this.#proceed = proceed;
  }

  start(interceptor: Interceptor): unknown {
    let result: unknown;
    try {
      result = interceptor(this.#run.delivery, () => this.#next());
    } catch (error) {
      if (this.#begun === undefined) {
        this.#over();
        throw error;
      }
      result = Promise.reject(error);
    }
    if (isThenable(result) ? result !== this.#begun : this.#begun !== undefined)
      return this.#settled(result);
    this.#over();
    return result;
  }

  #next(): unknown {
    if (this.#hasProceeded || this.#isOver) throw nextError(this.#run, this.#hasProceeded);
    this.#hasProceeded = true;
    if (!mayStart(this.#run)) throw abandonedError(this.#run.handler);
    const value = this.#proceed();
    if (!isThenable(value)) return value;
    this.#begun = new NextPromise((resolve) => resolve(value));
    this.#begun.watch(this.#ended, (error) => reportFailure(this.#run.handler, error));
    return this.#begun;
  }

  /** The interceptor did not just hand on what `next()` gave. */
  async #settled(result: unknown): Promise<unknown> {
    try {
      return await result;
    } finally {
      this.#over();
      await this.#begun?.settlement();
    }
  }

  #over(): void {
    this.#isOver = true;
    this.#end?.();
  }
}

/** The promise that `next()` gives: it knows whether somebody has looked at it, because an error that nobody looks at is reported. */
class NextPromise extends Promise<unknown> {
  #isObserved = false;
  #over: Promise<void> | undefined;
  #report: ((error: unknown) => void) | undefined;

  /** Reports its error where nobody has looked at it by the time that the interceptor is over. */
  watch(over: Promise<void>, report: (error: unknown) => void): void {
    this.#over = over;
    this.#report = report;
    super.then(undefined, async (error: unknown) => {
      await over;
      if (!this.#isObserved) report(error);
    });
  }

  /** Once it has settled, whatever came of it. */
  settlement(): Promise<unknown> {
    return super.then(undefined, () => undefined);
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise that notes who asks
  override then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isObserved = true;
    const derived = super.then(onFulfilled, onRejected);
    // What an interceptor derives from it, a promise of this class, may fail in its place.
    if (this.#over !== undefined && this.#report !== undefined)
      (derived as unknown as NextPromise).watch(this.#over, this.#report);
    return derived;
  }
}

/** Whether its handler could still be started: an interceptor may have waited meanwhile. */
function mayStart({ abandoned, handler }: Run): boolean {
  // A handler that runs once has ended before it runs.
  return !abandoned && handler.owner.state === 'open' && (handler.active || handler.plan.once);
}

function nextError({ handler }: Run, isSecond: boolean): CarillonError {
  const fault = isSecond ? 'a second time' : 'after it had returned';
  return new CarillonError(
    'CAR4015',
    `An interceptor called next() ${fault}, around ${handlerName(handler.plan)} on ${handlerEvent(handler.plan)}. The handler was not run again: call next() at most once, before the interceptor has settled.`,
  );
}
