/** Carillon on SQLite. Needs `libsql`. */
export { SQLITE_QUEUE, type SqliteQueueOptions, sqliteQueue } from './sqlite-queue.js';
