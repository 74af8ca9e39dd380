/** The bus in tables of PostgreSQL, case by case. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeBusTransport } from 'carillon/compliance';
import { POSTGRES_BUS, PostgresBusTransport } from 'carillon/postgres';
import pg from 'pg';
import { busProcesses } from '../support/engine-processes.js';
import { POSTGRES, postgresUrl } from '../support/server-kinds.js';
import { ownServer, withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PORT = 5432;

await withService('PostgreSQL', PORT, () => {
  const own = ownServer(POSTGRES);
  const urlAt = (port: number) => `postgres://postgres@127.0.0.1:${port}/test`;
  const admin = new pg.Pool({ connectionString: urlAt(PORT), max: 1 });

  afterAll(() => admin.end());

  describeBusTransport(
    'PostgreSQL',
    async () => {
      const schema = `test_${randomUUID().replaceAll('-', '')}`;
      await admin.query(`CREATE SCHEMA ${schema}`);
      const connection = { options: `-c search_path=${schema}` };
      const faults = await TcpProxy.to(PORT);
      const folder = mkdtempSync(join(tmpdir(), 'carillon-postgres-'));
      const processes = busProcesses(
        'postgres',
        { url: urlAt(PORT), connection, leaseTime: 3000 },
        folder,
      );
      return {
        transport: () => new PostgresBusTransport({ url: urlAt(faults.port), connection }),
        undisturbed: () => new PostgresBusTransport({ url: urlAt(PORT), connection }),
        faults,
        server: async () => {
          const server = await own.running();
          return {
            server,
            transport: () =>
              new PostgresBusTransport({ url: postgresUrl(server.port), leaseTime: 3000 }),
          };
        },
        processes,
        close: async () => {
          await processes.close();
          await faults.close();
          rmSync(folder, { recursive: true });
          await admin.query(`DROP SCHEMA ${schema} CASCADE`);
        },
      };
    },
    { ...POSTGRES_BUS, faults: true, restart: own.isWanted, kill: true },
  );
});
