/** The tables in PostgreSQL: made apart from a start, by another role, and beside those who work. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome, OutgoingMessage, ProviderQueue, QueueDelivery } from 'carillon/engine';
import {
  migrate,
  migrationSql,
  PostgresBusTransport,
  type PostgresQueueOptions,
  postgresQueue,
} from 'carillon/postgres';
import { Recorder } from '../../../src/compliance/waiting.js';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { JoinedTransaction } from '../../../src/engines/postgres/joined-transaction.js';
import {
  POSTGRES_PORT,
  POSTGRES_URL,
  PostgresSchema,
  refusalOf,
} from '../../support/postgres-schema.js';
import { PROJECT } from '../../support/program.js';
import { withService } from '../../support/service.js';

const DONE: Outcome = { type: 'done' };
const FAILURE = { name: 'Error', message: 'no ink' };
const OPTIONS = { concurrency: 1, onRetry: 'block' } as const;

const WITHOUT_IN_HAND = 'ALTER TABLE carillon_lane DROP COLUMN in_hand';

await withService('PostgreSQL', POSTGRES_PORT, () => {
  let schema: PostgresSchema;
  const opened: ProviderQueue[] = [];
  const transports: PostgresBusTransport[] = [];

  beforeEach(async () => {
    schema = await PostgresSchema.empty();
  });

  afterEach(async () => {
    await Promise.all([...opened.splice(0), ...transports.splice(0)].map((one) => one.close()));
    await schema.drop();
  });

  async function open(options: Partial<PostgresQueueOptions> = {}): Promise<ProviderQueue> {
    const { connection } = schema;
    const queue = await postgresQueue({ url: POSTGRES_URL, connection, ...options }).open('jobs', {
      clock: realClock,
      report: () => undefined,
    });
    opened.push(queue);
    return queue;
  }

  async function openBus(url: string): Promise<PostgresBusTransport> {
    const transport = new PostgresBusTransport({
      url,
      connection: schema.connection,
      migrate: false,
    });
    transports.push(transport);
    await transport.connect({ failed: () => undefined });
    return transport;
  }

  const tables = async () =>
    (
      await schema.query<{ name: string }>(
        'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1',
        [schema.name],
      )
    ).map(({ name }) => name);

  describe('the migration', () => {
    it('Q27 makes the tables once, however often and by however many it is run', async () => {
      const options = { url: POSTGRES_URL, connection: schema.connection };

      const results = await Promise.all([migrate(options), migrate(options), migrate(options)]);
      const again = await migrate(options);

      expect(results.map(({ from }) => from)).toContain(0);
      expect(results.map(({ isChanged }) => isChanged)).toContain(true);
      expect(again).toEqual({ engine: 'postgres', from: 4, to: 4, isChanged: false, sql: '' });
      expect(await tables()).toEqual([
        'carillon_bell',
        'carillon_bus_copy',
        'carillon_bus_group',
        'carillon_bus_message',
        'carillon_lane',
        'carillon_message',
        'carillon_remembered',
        'carillon_version',
        'carillon_worker',
      ]);
    });

    it('Q27 prints what it would do, and does nothing', async () => {
      const options = { url: POSTGRES_URL, connection: schema.connection };

      const report = await migrate({ ...options, print: true });

      expect(report).toEqual({
        engine: 'postgres',
        from: 0,
        to: 4,
        isChanged: false,
        sql: migrationSql(),
      });
      expect(await tables()).toEqual([]);
      await (await schema.client()).query(report.sql);
      expect(await migrate({ ...options, print: true })).toMatchObject({ from: 4, sql: '' });
    });

    it.each([
      ['1', `DROP TABLE carillon_worker; DROP FUNCTION carillon_look_1; ${WITHOUT_IN_HAND}`],
      ['2', `DROP FUNCTION carillon_look_1; ${WITHOUT_IN_HAND}`],
      ['3', WITHOUT_IN_HAND],
    ])(
      'Q27 changes the tables of version %s beside a program that works, and keeps what waits',
      async (version, sql) => {
        const options = { url: POSTGRES_URL, connection: schema.connection };
        const before = await open();
        await before.enqueue([message('1')]);
        const client = await schema.client();
        await client.query(`${sql}; UPDATE carillon_version SET version = ${version}`);
        const held = await schema.client();
        await held.query('BEGIN');
        await before.enqueue([message('2')], { transaction: new JoinedTransaction(held) });

        await expect(open({ migrate: false })).rejects.toMatchObject({ code: 'CAR7031' });
        expect(await migrate(options)).toMatchObject({
          from: Number(version),
          to: 4,
          isChanged: true,
        });
        await held.query('COMMIT');
        const after = await open({ migrate: false });

        expect(await after.counts()).toMatchObject({ waiting: 2 });
        expect(await after.isServed?.()).toBe(false);
      },
    );

    it('Q27 is SQL that another tool can run, once more as well', async () => {
      const client = await schema.client();

      await client.query(migrationSql());
      await client.query(migrationSql());
      const queue = await open({ migrate: false });

      expect(await queue.enqueue([message('1')])).toEqual(['accepted']);
    });

    it('Q27 gives up after its patience where others hold a lock, and changes nothing', async () => {
      const other = await schema.client();
      await other.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('carillon'))`);

      const options = { url: POSTGRES_URL, connection: schema.connection, patience: 2000 };
      const refused = await refusalOf(() => migrate(options));

      expect(refused).toMatchObject({ code: 'CAR7031', cause: { code: '57014' } });

      expect(await tables()).toEqual([]);
    });

    it.each([
      ['of a version before the first', 'CREATE TABLE carillon_message (id text)'],
      [
        'of a version to come',
        'CREATE TABLE carillon_version (version int); INSERT INTO carillon_version VALUES (999)',
      ],
    ])('Q27 leaves tables %s alone, and so does a start', async (_, sql) => {
      const client = await schema.client();
      await client.query(sql);
      const before = await tables();
      const options = { url: POSTGRES_URL, connection: schema.connection };

      await expect(migrate(options)).rejects.toMatchObject({ code: 'CAR7031' });
      await expect(open()).rejects.toMatchObject({ code: 'CAR7031' });
      expect(await tables()).toEqual(before);
    });

    it('Q7 refuses options that are not valid', async () => {
      await expect(migrate({ url: '' })).rejects.toMatchObject({ code: 'CAR7030' });
    });
  });

  describe('a start', () => {
    it('Q27 beside a transaction that has deferred waits for nobody, and makes nobody wait', async () => {
      const first = await open();
      const long = await schema.client();
      await long.query('BEGIN');
      await first.enqueue([message('1')], { transaction: new JoinedTransaction(long) });

      const second = await open({ patience: 10_000 });
      await openBus(POSTGRES_URL);
      const results = await second.enqueue([message('2')]);
      await long.query('COMMIT');

      expect(results).toEqual(['accepted']);
      expect(await first.counts()).toMatchObject({ waiting: 2 });
    });

    it('Q27 takes no lock but that of reading', async () => {
      await migrate({ url: POSTGRES_URL, connection: schema.connection });
      const other = await schema.client();
      // All but reading waits for it.
      await other.query(
        'BEGIN; LOCK TABLE carillon_message, carillon_lane, carillon_bell IN EXCLUSIVE MODE',
      );

      const queue = await open({ patience: 10_000 });
      const counts = await queue.counts();
      await other.query('COMMIT');

      expect(counts).toMatchObject({ waiting: 0 });
    });

    it('Q27 without tables is refused where it may not make them', async () => {
      await expect(open({ migrate: false })).rejects.toMatchObject({ code: 'CAR7031' });
      const role = await roleOf(schema);
      try {
        await schema.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role.name}`);
        await expect(open({ url: role.url })).rejects.toMatchObject({
          code: 'CAR7031',
          cause: { code: '42501' },
        });
      } finally {
        await role.drop();
      }
    });

    it('Q27 by a role that may only read and write does all that an application does', async () => {
      await migrate({ url: POSTGRES_URL, connection: schema.connection });
      const role = await roleOf(schema);
      try {
        await schema.query(grantsOfThePage(schema.name, role.name));
        const queue = await open({ url: role.url, poll: 20, keepDone: 1 });
        const heard = new Recorder<string>();
        await queue.enqueue([
          message('1', { orderingKey: 'k', dedup: { key: 'd', window: 1000 } }),
          message('2', { orderingKey: 'k', delay: 10 }),
          message('3', { delay: 60_000 }),
        ]);
        const consumption = await queue.consume(OPTIONS, ({ id, attempt }: QueueDelivery) => {
          heard.record(`${id} ${attempt}`);
          return id === '1' && heard.items.length === 1
            ? { type: 'giveUp', reason: 'failed', failure: FAILURE }
            : DONE;
        });
        await heard.count(2);
        const retried = await queue.deadLetters?.retry({});
        await heard.count(3);
        const cancelled = await queue.cancel?.('3');
        await queue.inbox?.add('key', 1000);
        await consumption.stop();
        const bus = await openBus(role.url);
        const got = new Recorder<string>();
        await bus.subscribe({
          topic: 'bell',
          group: 'all',
          prefetch: 1,
          deliver: async (text) => {
            got.record(String(text));
            return 'done';
          },
        });
        await bus.publish({ topic: 'bell', id: '1', text: 'ding' });
        await got.count(1);

        expect([...heard.items].sort()).toEqual(['1 1', '1 1', '2 1']);
        expect({ retried, cancelled }).toEqual({ retried: 1, cancelled: true });
        expect(got.items).toEqual(['ding']);
      } finally {
        await Promise.all([...opened.splice(0), ...transports.splice(0)].map((one) => one.close()));
        await role.drop();
      }
    });
  });
});

/** A role that may nothing yet. */
async function roleOf(schema: PostgresSchema) {
  const name = `role_${schema.name}`;
  await schema.query(`CREATE ROLE ${name} LOGIN`);
  return {
    name,
    url: POSTGRES_URL.replace('postgres@', `${name}@`),
    drop: async () => {
      await schema.query(`DROP OWNED BY ${name}`);
      await schema.query(`DROP ROLE ${name}`);
    },
  };
}

/** What the page says that a role needs. */
function grantsOfThePage(schema: string, role: string): string {
  const page = readFileSync(join(PROJECT, 'docs/postgres.md'), 'utf8');
  const [, sql = ''] = /```sql\n(GRANT.*?)```/s.exec(page) ?? [];
  return sql.replaceAll('SCHEMA shop', `SCHEMA ${schema}`).replaceAll('TO app', `TO ${role}`);
}

function message(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', ...more };
}
