/** Queues in a SQLite file, case by case. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeQueueProvider } from 'carillon/compliance';
import { SQLITE_QUEUE, sqliteQueue } from 'carillon/sqlite';
import Database from 'libsql';
import { queueProcesses } from '../support/engine-processes.js';

/** No slow machine exceeds them. */
const PATIENT = { leaseTime: 60_000, patience: 20_000 };

describeQueueProvider(
  'SQLite',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'));
    const options = { file: join(folder, 'queues.db'), poll: 5, leaseTime: 4000 };
    // A case waits for several times that while the file is locked; nobody else is in its way.
    const patience = 200;
    const processes = queueProcesses('sqlite', options, folder);
    return {
      options: () => ({ provider: sqliteQueue({ ...options, patience }) }),
      // A process that stands still while it writes keeps the file locked.
      undisturbed: () => ({ provider: sqliteQueue({ ...options, patience: PATIENT.patience }) }),
      patient: () => ({ provider: sqliteQueue({ ...options, ...PATIENT }) }),
      lock: async () => {
        const holder = new Database(options.file);
        holder.exec('BEGIN IMMEDIATE');
        return { patience, release: async () => void holder.exec('ROLLBACK') };
      },
      processes,
      close: async () => {
        await processes.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  { ...SQLITE_QUEUE, leaseClock: true, lock: true, kill: true },
);
