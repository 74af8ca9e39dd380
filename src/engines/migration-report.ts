/** What a migration has done, or would do: the same for every engine that has one. */

/** The result of `migrate()`. */
export interface MigrationReport {
  /** The engine's name: `'postgres'` or `'sqlite'`. */
  readonly engine: string;
  /** The version of the tables that were found; 0 where there were none. */
  readonly from: number;
  /** The version that this release works with. */
  readonly to: number;
  /** Whether the tables were changed. Never with `print`. */
  readonly isChanged: boolean;
  /** The SQL that was run, or with `print` would be. Empty where there was nothing to do. */
  readonly sql: string;
}
