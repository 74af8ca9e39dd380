/** The file that a connection has open. */
import { statSync } from 'node:fs';
import Database from 'libsql';
import { type OptionCheck, secret } from '../../../decorators/check-options.js';
import { type Clock, setTimer } from '../../dispatch/clock.js';
import { FileGoneError, FileTrouble, isLock } from './file-trouble.js';
import { prepareFile } from './schema.js';

/** Milliseconds for which SQLite itself waits for a lock. It stops the event loop meanwhile: longer waits are those of the caller. */
const LOCK_WAIT = 10;

/** Milliseconds between two attempts to open a file that is locked. */
const NEXT_ATTEMPT = 25;

/** Milliseconds for which a worker takes its file to be in its place. */
const JUST_NOW = 50;

/** How a file is opened. */
export interface OpenFileOptions {
  /** For errors. */
  readonly queue: string;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly patience: number;
}

/** An address, or a database in memory: those are no files that other connections find. U+0000 would end the process within libsql. An address may have a token. */
const NO_PATH = /^$|^:memory:$|^[a-z][a-z\d+.-]+:|\0/i;

export function filePath(): OptionCheck {
  return secret((value) => typeof value === 'string' && !NO_PATH.test(value), 'the path of a file');
}

/** A file with its tables. */
export interface PreparedFile {
  readonly database: Database.Database;
  readonly file: OpenFile;
}

/**
 * Opens a file, and makes the tables in a new one.
 *
 * @throws CarillonError (a rejection) `CAR5018` when it is locked for longer than the patience or cannot be opened, `CAR7031` when its tables are of another version
 */
export async function openFile(
  path: string,
  { queue, clock, patience }: OpenFileOptions,
): Promise<PreparedFile> {
  const trouble = new FileTrouble(queue, patience);
  const database = trouble.told(() => connect(path, { timeout: LOCK_WAIT }));
  const until = clock.now() + patience;
  for (;;) {
    try {
      prepareFile(database, path);
      return { database, file: new OpenFile(path) };
    } catch (error) {
      if (isLock(error) && clock.now() < until) {
        await new Promise<void>((resolve) => setTimer(clock, resolve, NEXT_ATTEMPT));
        continue;
      }
      database.close();
      throw trouble.refusal(error);
    }
  }
}

/** libsql gives no code for a file that cannot be opened, and its text is the path. */
export function connect(path: string, options: Database.Options): Database.Database {
  try {
    return new Database(path, options);
  } catch {
    // Its error is no cause to show.
  }
  throw Object.assign(new Error('The file could not be opened.'), { code: 'SQLITE_CANTOPEN' });
}

/** SQLite writes on where its file was deleted, and nobody else sees what it stores there. */
export class OpenFile {
  readonly #path: string;
  readonly #identity: string;
  /** When it was last found in its place. */
  #seen = 0;

  /** @param path the path of a file that was opened just now */
  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** @throws FileGoneError when the file was deleted, moved or replaced */
  check(): void {
    const identity = identityOf(this.#path);
    if (identity !== this.#identity)
      throw new FileGoneError(
        `The file ${this.#path} was ${identity === NONE ? 'deleted' : 'replaced'} while it was open.`,
      );
    this.#seen = Date.now();
  }

  /**
   * As `check`, unless the file was in its place just now: a worker looks at it as often as it looks for what others have written.
   *
   * @throws FileGoneError when the file was deleted, moved or replaced
   */
  checkNowAndThen(): void {
    const since = Date.now() - this.#seen;
    if (since < 0 || since >= JUST_NOW) this.check();
  }
}

const NONE = 'none';

function identityOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? NONE : `${found.dev}:${found.ino}`;
}
