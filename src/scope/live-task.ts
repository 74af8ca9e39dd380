/** A task that goes on in a scope, as reports see it. */

/** Held by its scope from its beginning to its end. */
export interface LiveTask {
  /** The handler's; empty for a task that was spawned. */
  readonly className: string;
  /** The handler's, or the name of the generator function. */
  readonly method: string;
  /** When it was begun, on the clock of the application. */
  readonly startedAt: number;
  /** Until when it waits; `undefined` while it runs. The scheduler can say it in words. */
  readonly wait: unknown;
}
