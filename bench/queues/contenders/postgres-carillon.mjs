/** Carillon in PostgreSQL. */
import { postgresQueue } from 'carillon/postgres';
import { carillonQueue } from '../carillon.mjs';
import { postgresSpace } from '../postgres-space.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { url, connection, clear } = await postgresSpace();
  return carillonQueue(postgresQueue({ url, connection }), concurrency, clear);
}
