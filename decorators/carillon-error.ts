/** The base of every error that Carillon makes. */

/** `CAR1xxx` decorators, `2xxx` wiring, `3xxx` life, `4xxx` emitting, `5xxx` bus and queue, `6xxx` scheduler, `7xxx` configuration. */
export type ErrorCode = `CAR${number}`;

/**
 * An error with a stable {@link code}, so that a program can tell errors apart without reading their text.
 *
 * @example
 * if (error instanceof CarillonError && error.code === 'CAR3001') retryInAnotherScope();
 */
export class CarillonError extends Error {
  override readonly name: string = 'CarillonError';

  /**
   * @param code the stable code; each has a page under `docs/errors/`
   * @param message what happened, and what to do
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${code}: ${message}`, options);
  }
}
