/** A schema of PostgreSQL that is empty, and dropped again. */
import pg from 'pg';

export const POSTGRES_PORT = 5432;

let spaces = 0;

export async function postgresSpace() {
  spaces += 1;
  const url = `postgres://postgres@127.0.0.1:${POSTGRES_PORT}/test`;
  const schema = `bench_${process.pid}_${spaces}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`CREATE SCHEMA ${schema}`);
  return {
    url,
    schema,
    connection: { options: `-c search_path=${schema}` },
    clear: async () => {
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
      await admin.end();
    },
  };
}
