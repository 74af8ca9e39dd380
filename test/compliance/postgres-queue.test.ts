/** Queues in PostgreSQL, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeQueueProvider } from 'carillon/compliance';
import { POSTGRES_QUEUE, postgresQueue } from 'carillon/postgres';
import pg from 'pg';
import { queueProcesses } from '../support/engine-processes.js';
import { POSTGRES, postgresUrl } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 5432;

/** No slow machine exceeds them. */
const PATIENT = { leaseTime: 60_000, patience: 20_000 };

await withService('PostgreSQL', PORT, () => {
  const own = ownServer(POSTGRES);
  const urlAt = (port: number) => `postgres://postgres@127.0.0.1:${port}/test`;
  const admin = new pg.Pool({ connectionString: urlAt(PORT), max: 2 });

  afterAll(() => admin.end());

  describeQueueProvider(
    'PostgreSQL',
    async () => {
      const schema = `test_${randomUUID().replaceAll('-', '')}`;
      await admin.query(`CREATE SCHEMA ${schema}`);
      const connection = { options: `-c search_path=${schema}` };
      const times = { leaseTime: 4000, patience: 5000, poll: 200 };
      const options = { url: urlAt(PORT), connection, ...times };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-postgres-'));
      const processes = queueProcesses('postgres', options, folder);
      return {
        options: () => ({ provider: postgresQueue({ ...options, url: urlAt(faults.port) }) }),
        undisturbed: () => ({
          provider: postgresQueue({ ...options, patience: PATIENT.patience }),
        }),
        patient: () => ({ provider: postgresQueue({ ...options, ...PATIENT }) }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            options: () => ({
              provider: postgresQueue({
                ...options,
                url: postgresUrl(server.port),
                connection: {},
                patience: PATIENT.patience,
              }),
            }),
          };
        },
        processes,
        transaction: (body) =>
          inTransaction({ connectionString: urlAt(PORT), ...connection }, body),
        nested: async (transaction, body) => inPart(transaction as pg.Client, body),
        close: async () => {
          await processes.close();
          await faults.close();
          rmSync(folder, { recursive: true });
          await admin.query(`DROP SCHEMA ${schema} CASCADE`);
        },
      };
    },
    {
      ...POSTGRES_QUEUE,
      faults: true,
      leaseClock: true,
      restart: own.isWanted,
      kill: true,
      killInTransaction: true,
      nestedTransactions: true,
    },
  );
});

async function inTransaction(
  config: pg.ClientConfig,
  body: (transaction: unknown) => Promise<void>,
): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await client.query('BEGIN');
    await body(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    await client.end();
  }
}

async function inPart(client: pg.Client, body: () => Promise<void>): Promise<void> {
  await client.query('SAVEPOINT part');
  try {
    await body();
    await client.query('RELEASE SAVEPOINT part');
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT part');
    throw error;
  }
}
