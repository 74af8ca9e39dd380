/** Looks which queues of a SQLite file have something to do: in one statement for all of them, and only after something was written. */
import type Database from 'libsql';
import type { OpenFile, PreparedFile } from './open-file.js';
import { IS_DONE, IS_TIMED, IS_WAITING } from './places.js';

/** When each of the queues may have something to do: at 0 where something waits. */
const FIND = `SELECT value AS queue, iif(
    EXISTS (SELECT 1 FROM carillon_message WHERE queue = value AND ${IS_WAITING}), 0,
    (SELECT due FROM carillon_message WHERE queue = value AND ${IS_TIMED} ORDER BY rank LIMIT 1)
  ) AS due FROM json_each(?)`;

const FORGETTABLE = `SELECT value FROM json_each(?1)
  WHERE EXISTS (SELECT 1 FROM carillon_message WHERE queue = value AND ${IS_DONE} AND rank < ?2)
    OR EXISTS (SELECT 1 FROM carillon_remembered WHERE queue = value AND until <= ?3)`;

export class FileLook {
  readonly #file: OpenFile;
  readonly #readVersion: Database.Statement;
  readonly #find: Database.Statement;
  readonly #findForgettable: Database.Statement;
  /** Of the file, at the last look. */
  #version: unknown;
  /** When the first message is due that no queue has been told of. */
  #nextDue = Number.POSITIVE_INFINITY;
  #known = '';

  constructor({ database, file }: PreparedFile) {
    this.#file = file;
    this.#readVersion = database.prepare('PRAGMA data_version');
    this.#find = database.prepare(FIND).raw();
    this.#findForgettable = database.prepare(FORGETTABLE).raw();
  }

  /**
   * Returns the queues that have something to do within so many milliseconds. Where nothing was written since the last look, and nothing has become
   * due, those are none.
   *
   * @throws FileGoneError when the file was deleted or replaced
   */
  look(queues: readonly string[], within: number): readonly string[] {
    this.#file.check();
    const { data_version: version } = this.#readVersion.get() as { data_version: number };
    const soon = Date.now() + within;
    const wanted = JSON.stringify(queues);
    if (version === this.#version && soon < this.#nextDue && wanted === this.#known) return [];
    const found = this.#find.all([wanted]) as [queue: string, due: number | null][];
    this.#version = version;
    this.#known = wanted;
    const known = found.flatMap(([queue, due]) => (due === null ? [] : [{ queue, due }]));
    const later = known.filter(({ due }) => due > soon).map(({ due }) => due);
    this.#nextDue = Math.min(Number.POSITIVE_INFINITY, ...later);
    return known.filter(({ due }) => due <= soon).map(({ queue }) => queue);
  }

  /** Returns the queues that have messages that were done longer ago than so many milliseconds, or keys whose time is over. */
  forgettable(queues: readonly string[], keepDone: number): readonly string[] {
    const now = Date.now();
    const values = [JSON.stringify(queues), now - keepDone, now];
    return (this.#findForgettable.all(values) as [string][]).map(([queue]) => queue);
  }
}
