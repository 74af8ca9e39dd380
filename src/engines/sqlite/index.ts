/** Carillon on SQLite. Needs `libsql`. */
export type { MigrationReport } from '../migration-report.js';
export { migrate, type SqliteMigrationOptions } from './migration.js';
export { SQLITE_QUEUE, type SqliteQueueOptions, sqliteQueue } from './sqlite-queue.js';
