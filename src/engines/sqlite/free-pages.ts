/** Gives the room of what was deleted back to the system. */
import type Database from 'libsql';

/** So many pages in one step, so that none takes long. */
const PORTION = 256;

/** The part of a file that is kept free: it is soon used again. */
const KEPT = 1 / 4;

/** Whether there is room to give back. */
export function hasRoom(database: Database.Database): boolean {
  const free = numberOf(database, 'freelist_count');
  return free > PORTION && free > numberOf(database, 'page_count') * KEPT;
}

/** A step in a transaction of the caller. Returns whether there is more to give back. */
export function giveBackRoom(database: Database.Database): boolean {
  const isLarge = hasRoom(database);
  if (isLarge) database.exec(`PRAGMA incremental_vacuum(${PORTION})`);
  return isLarge;
}

function numberOf(database: Database.Database, pragma: string): number {
  const [value] = database.prepare(`PRAGMA ${pragma}`).raw().get() as [number];
  return value;
}
