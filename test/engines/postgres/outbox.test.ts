/** The transactional outbox, by each client that may have the transaction. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProviderQueue } from 'carillon';
import { postgresQueue } from 'carillon/postgres';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { withService } from '../../support/service.js';

type Transact = (body: (transaction: unknown) => Promise<unknown>) => Promise<unknown>;

await withService('PostgreSQL', 5432, () => {
  const url = 'postgres://postgres@127.0.0.1:5432/test';
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const options = `-c search_path=${schema}`;
  const pool = new pg.Pool({ connectionString: url, options, max: 2 });
  const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
  const typeorm = new DataSource({ type: 'postgres', url, extra: { options } });
  let queue: ProviderQueue;

  const clients: readonly (readonly [string, Transact])[] = [
    ['pg', inTransaction],
    ['Kysely', (body) => kysely.transaction().execute(body)],
    ['TypeORM', (body) => typeorm.transaction(body)],
  ];

  beforeAll(async () => {
    await pool.query(`CREATE SCHEMA ${schema}`);
    await typeorm.initialize();
    queue = await postgresQueue({ url, connection: { options } }).open('jobs', {
      clock: realClock,
      report: () => undefined,
    });
  });

  afterAll(async () => {
    await queue.close();
    await typeorm.destroy();
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await pool.end();
  });

  async function inTransaction(body: (transaction: unknown) => Promise<unknown>): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await body(client);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  function deferWithin(transaction: unknown) {
    const message = {
      id: randomUUID(),
      event: 'job',
      body: '{}',
      dedup: { key: randomUUID(), window: 1000 },
    };
    return queue.enqueue([message], { transaction });
  }

  describe('a message that is deferred within a transaction', () => {
    it.each(clients)('Q12 of %s is there if and only if that commits', async (_, transact) => {
      const { waiting: before } = await queue.counts();

      const rolledBack = transact(async (transaction) => {
        await deferWithin(transaction);
        throw new Error('roll back');
      });
      await expect(rolledBack).rejects.toThrow('roll back');
      const { waiting: between } = await queue.counts();
      await transact((transaction) => deferWithin(transaction));

      expect(between).toBe(before);
      expect((await queue.counts()).waiting).toBe(before + 1);
    });

    it.each([
      ['a pool', pool],
      ['Kysely itself', kysely],
      ['nothing', {}],
    ])('Q12 of %s is refused', async (_, none) => {
      await expect(deferWithin(none)).rejects.toMatchObject({ code: 'CAR5050' });
    });
  });
});
