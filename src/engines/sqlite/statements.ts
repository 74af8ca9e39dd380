/** The prepared statements of one connection to a SQLite file, each found by its text. */
import type Database from 'libsql';

export type SqlValue = string | number | null;

export class Statements {
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Runs it and says whether it changed anything. */
  run(sql: string, ...values: readonly SqlValue[]): boolean {
    return this.get(sql).run(values).changes > 0;
  }

  /** A statement that returns its rows as objects, or none. */
  get(sql: string): Database.Statement {
    return this.#prepared.get(sql) ?? this.#keep(sql, this.#database.prepare(sql));
  }

  /** A statement that returns its rows as arrays: objects would cost a fifth of a claim. */
  arrays(sql: string): Database.Statement {
    return this.#prepared.get(sql) ?? this.#keep(sql, this.#database.prepare(sql).raw());
  }

  #keep(sql: string, statement: Database.Statement): Database.Statement {
    this.#prepared.set(sql, statement);
    return statement;
  }
}
