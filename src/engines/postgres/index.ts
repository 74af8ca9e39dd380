/** Carillon on PostgreSQL. Needs `pg`. */
export type { MigrationReport } from '../migration-report.js';
export { migrate, migrationSql, type PostgresMigrationOptions } from './migration.js';
export {
  POSTGRES_BUS,
  type PostgresBusOptions,
  PostgresBusTransport,
  postgresBus,
} from './postgres-bus.js';
export { POSTGRES_QUEUE, type PostgresQueueOptions, postgresQueue } from './postgres-queue.js';
