/** Carillon on PostgreSQL. Needs `pg`. */
export { POSTGRES_QUEUE, type PostgresQueueOptions, postgresQueue } from './postgres-queue.js';
