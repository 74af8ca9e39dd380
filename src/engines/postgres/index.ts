/** Carillon on PostgreSQL. Needs `pg`. */
export {
  POSTGRES_BUS,
  type PostgresBusOptions,
  PostgresBusTransport,
  postgresBus,
} from './postgres-bus.js';
export { POSTGRES_QUEUE, type PostgresQueueOptions, postgresQueue } from './postgres-queue.js';
