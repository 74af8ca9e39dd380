/** The clean-ups of one scope: one after another, the last added first, and waited for no longer than the end allows. */
import { isThenable } from '../events/is-thenable.js';
import type { Deadline } from './deadline.js';

/** Names what a clean-up is still busy with, and lets go of it: nobody waits for it any more. */
export type LeaveBehind = () => readonly string[];

/** Is told of what the clean-ups come to. */
export interface CleanupHolder {
  /** One of them has failed, maybe after it was left behind. */
  cleanupFailed(error: unknown): void;
  /** All of them have run, or were left behind. */
  cleanedUp(): void;
}

interface Cleanup {
  readonly action: () => unknown;
  readonly leave: LeaveBehind | undefined;
  /** The one that was added before it. */
  readonly earlier: Cleanup | undefined;
}

const NOTHING: readonly string[] = [];
const NONE_PENDING: ReadonlyMap<Cleanup, Promise<void>> = /* @__PURE__ */ new Map();

/** Added while the scope is open, and run once. */
export class Cleanups {
  readonly #holder: CleanupHolder;
  /** The one that was added last and has not run: most scopes have one or two. */
  #latest: Cleanup | undefined;
  /** Those that have begun and not settled, once there have been any. */
  #pending: Map<Cleanup, Promise<void>> | undefined;
  /** The names of those that were left behind: the end of a scope above tells of them as well. */
  #left = NOTHING;
  #running: Promise<void> | undefined;
  #isDone = false;
  #hurry: (() => void) | undefined;
  #isHurried = false;

  constructor(holder: CleanupHolder) {
    this.#holder = holder;
  }

  add(action: () => unknown, leave: LeaveBehind | undefined): void {
    this.#latest = { action, leave, earlier: this.#latest };
  }

  /** Begins them, unless somebody has. Returns a promise where one of them has to be waited for. */
  begin(): Promise<void> | undefined {
    if (this.#isDone || this.#running !== undefined) return this.#running;
    const pending = this.#runNow();
    if (pending !== undefined) this.#running = this.#runAfter(pending);
    return this.#running;
  }

  /** The same, and each that is still waited for when the time is over is passed over. */
  beginWithin(deadline: Deadline): Promise<void> | undefined {
    const running = this.begin();
    if (running === undefined || this.#isDone) return running;
    if (deadline.passed) this.#passOver();
    else void deadline.elapsed().then(() => this.#passOver());
    return running;
  }

  /** Those that have begun and not settled. */
  get pending(): readonly Promise<void>[] {
    return [...(this.#pending ?? NONE_PENDING).values()];
  }

  /** Lets go of those that have not settled, and names them. */
  leaveBehind(): readonly string[] {
    if (this.#pending === undefined || this.#pending.size === 0) return this.#left;
    const left = [...this.#pending.keys()];
    this.#pending.clear();
    this.#left = left.flatMap(({ action, leave }) => leave?.() ?? [nameOf(action)]);
    return this.#left;
  }

  #passOver(): void {
    this.#isHurried = true;
    this.#hurry?.();
  }

  /** Runs clean-ups until one has to be waited for, and returns its promise, which never rejects. */
  #runNow(): Promise<void> | undefined {
    for (let next = this.#latest; next !== undefined; next = this.#latest) {
      this.#latest = next.earlier;
      try {
        const result = next.action();
        if (isThenable(result)) return this.#follow(next, result);
      } catch (error) {
        this.#holder.cleanupFailed(error);
      }
    }
    this.#isDone = true;
    this.#holder.cleanedUp();
    return undefined;
  }

  async #runAfter(first: Promise<void>): Promise<void> {
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    for (let next: Promise<void> | undefined = first; next !== undefined; next = this.#runNow()) {
      if (!this.#isHurried) await Promise.race([next, hurried]);
    }
  }

  #follow(cleanup: Cleanup, result: PromiseLike<unknown>): Promise<void> {
    this.#pending ??= new Map();
    const pending = this.#pending;
    const settled = () => void pending.delete(cleanup);
    const promise = Promise.resolve(result).then(settled, (error: unknown) => {
      settled();
      this.#holder.cleanupFailed(error);
    });
    pending.set(cleanup, promise);
    return promise;
  }
}

function nameOf({ name }: { readonly name: string }): string {
  return name === '' ? 'a clean-up' : `the clean-up ${name}`;
}
