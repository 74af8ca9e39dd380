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
  /** @internal The name of its instances, in every copy of the package. */
  static readonly kind: string = 'CarillonError';
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

  /** Where the installed package explains it: `'carillon/docs/errors/CAR2004.md'` below `node_modules`. */
  get page(): string {
    return `carillon/docs/errors/${this.code}.md`;
  }

  /** @internal Also an error of another copy of the package, of which there may be several in one program. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit it
    return isErrorOf(this, value);
  }
}

/** As `instanceof` has it; an error of another copy too, where the class is one of the package's, and not a subclass of the program's. */
function isErrorOf(errorClass: object, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(errorClass, value)) return true;
  const kind = Object.getOwnPropertyDescriptor(errorClass, 'kind')?.value;
  return kind !== undefined && isOfKind(kind, value);
}

/** Whether it is an error of the package, of that class or of any. */
function isOfKind(kind: string, value: unknown): boolean {
  if (!(value instanceof Error)) return false;
  const { code, name } = value as Partial<CarillonError>;
  const isOurs = typeof code === 'string' && /^CAR\d{4}$/.test(code);
  return isOurs && (kind === 'CarillonError' || kind === name);
}
