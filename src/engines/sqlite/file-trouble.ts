/** What is wrong with a file when it takes no write, and what the caller is told. */
import type { CarillonError } from '../../../decorators/carillon-error.js';
import { queueTrouble } from '../queue-trouble.js';

/** The file at the path is not the one that is open. */
export class FileGoneError extends Error {
  override readonly name = 'FileGoneError';
}

const LOCK = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/;
const FULL = /^SQLITE_FULL/;
const READ_ONLY = /^SQLITE_READONLY/;
/** Part of a transaction may be on the disk. */
const UNSURE = /^SQLITE_IOERR/;
const BROKEN = /^SQLITE_(?:CORRUPT|NOTADB)/;
const UNOPENED = /^SQLITE_CANTOPEN/;
const OTHER = /^SQLITE_(?:CANTOPEN|NOMEM|PERM)/;

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** Another connection holds the lock. */
export function isLock(error: unknown): boolean {
  return LOCK.test(codeOf(error));
}

/** Whether it comes from the file, and not from what was to be written. */
export function isFileTrouble(error: unknown): boolean {
  const code = codeOf(error);
  return (
    error instanceof FileGoneError ||
    [LOCK, FULL, READ_ONLY, UNSURE, BROKEN, OTHER].some((kind) => kind.test(code))
  );
}

/** Whether the same write may succeed later. */
export function passes(error: unknown): boolean {
  return !(error instanceof FileGoneError) && !BROKEN.test(codeOf(error));
}

/** The errors of one queue. */
export class FileTrouble {
  readonly #name: string;
  readonly #patience: number;

  /** @param patience in milliseconds */
  constructor(queue: string, patience: number) {
    this.#name = `"${queue}" on sqlite`;
    this.#patience = patience;
  }

  /** `CAR5018` where nothing was stored, or else the error itself. */
  refusal(error: unknown): unknown {
    return isFileTrouble(error) && !UNSURE.test(codeOf(error)) ? this.error(error) : error;
  }

  /** @throws CarillonError `CAR5018` for trouble of the file */
  told<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw isFileTrouble(error) ? this.error(error) : error;
    }
  }

  closed(): CarillonError {
    const what = 'was closed before it was stored. Nothing was stored.';
    return queueTrouble(this.#name, what, undefined);
  }

  error(error: unknown): CarillonError {
    return queueTrouble(this.#name, this.#what(error), error);
  }

  #what(error: unknown): string {
    const code = codeOf(error);
    if (error instanceof FileGoneError)
      return 'has lost its file, which was deleted or replaced while it was open. Nothing was stored. Put the file back, or restart the program.';
    if (LOCK.test(code))
      return `was locked by another process for longer than its patience of ${this.#patience} ms. Nothing was stored. See what holds a transaction open.`;
    if (FULL.test(code)) return 'has no room: the disk is full. Nothing was stored. Free some.';
    if (READ_ONLY.test(code))
      return 'may not be written: the file or its folder is read-only. Nothing was stored.';
    if (UNOPENED.test(code))
      return 'cannot open its file. Nothing was stored. See whether its folder is there, whether the program may use both, and whether the path is that of a file.';
    return 'has trouble with its file. See the cause.';
  }
}
