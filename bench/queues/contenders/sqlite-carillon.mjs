/** Carillon in a SQLite file. */
import { sqliteQueue } from 'carillon/sqlite';
import { carillonQueue } from '../carillon.mjs';
import { temporaryFile } from '../temporary-file.mjs';

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  const { file, remove } = temporaryFile();
  return carillonQueue(sqliteQueue({ file }), concurrency, remove);
}
