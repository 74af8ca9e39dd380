/** The transactional outbox, by each client that may have the transaction. */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deferred, defineEvent, EventQueue } from 'carillon';
import type { ProviderQueue } from 'carillon/engine';
import { start, stop } from 'carillon/inversify';
import { postgresQueue } from 'carillon/postgres';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { type Container, injectable } from 'inversify';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { JoinedTransaction } from '../../../src/engines/postgres/joined-transaction.js';
import { build, rootContainer } from '../../support/container.js';
import { POSTGRES_URL, PostgresSchema } from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';

/** A transaction that is over, or none. */
const CLOSED = { code: 'CAR5051' };

/** The type of what a function without a value returns. */
const VOID = 2278;

type Transact = (body: (transaction: unknown) => Promise<unknown>) => Promise<unknown>;

await withService('PostgreSQL', 5432, () => {
  let schema: PostgresSchema;
  let pool: pg.Pool;
  let kysely: Kysely<object>;
  let orm: NodePgDatabase;
  let typeorm: DataSource;
  let queue: ProviderQueue;

  const clients: readonly (readonly [string, Transact])[] = [
    ['pg', inTransaction],
    ['Kysely', (body) => kysely.transaction().execute(body)],
    ['Drizzle', (body) => orm.transaction(body)],
    ['TypeORM', (body) => typeorm.transaction(body)],
    ['any other client', (body) => inTransaction((client) => body(statementsOf(client)))],
  ];

  beforeAll(async () => {
    schema = await PostgresSchema.migrated();
    const { options } = schema.connection;
    pool = new pg.Pool({ connectionString: POSTGRES_URL, options, max: 2 });
    // One of them is killed.
    pool.on('connect', (client) => client.on('error', () => undefined));
    kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
    orm = drizzle({ client: pool });
    typeorm = new DataSource({ type: 'postgres', url: POSTGRES_URL, extra: { options } });
    await typeorm.initialize();
    queue = await postgresQueue({ url: POSTGRES_URL, connection: schema.connection }).open('jobs', {
      clock: realClock,
      report: () => undefined,
    });
  });

  afterAll(async () => {
    await queue.close();
    await typeorm.destroy();
    await pool.end();
    await schema.drop();
  });

  async function inTransaction(body: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
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

  /** What a program gives for a client that is not known. */
  function statementsOf(client: pg.PoolClient) {
    return {
      query: async (sql: string, values: unknown[]) => (await client.query(sql, values)).rows,
    };
  }

  /** A client that a test has for itself. */
  async function withClient(body: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    const client = await pool.connect();
    try {
      await body(client);
    } finally {
      client.release();
    }
  }

  function deferWithin(transaction: unknown, dedup = true) {
    const key = { key: randomUUID(), window: 1000 };
    const message = { id: randomUUID(), event: 'job', body: '{}', dedup: dedup ? key : undefined };
    return queue.enqueue([message], { transaction });
  }

  const waiting = async () => (await queue.counts()).waiting;

  describe('a message that is deferred within a transaction', () => {
    it.each(clients)('Q12 of %s is there if and only if that commits', async (_, transact) => {
      const before = await waiting();

      const rolledBack = transact(async (transaction) => {
        await deferWithin(transaction);
        throw new Error('roll back');
      });
      await expect(rolledBack).rejects.toThrow('roll back');
      const between = await waiting();
      await transact((transaction) => deferWithin(transaction));

      expect(between).toBe(before);
      expect(await waiting()).toBe(before + 1);
    });

    it.each([
      ['a pool', () => pool],
      ['Kysely itself', () => kysely],
      ['Drizzle itself', () => orm],
      ['an object with tables as properties, as of Drizzle', () => ({ query: { users: {} } })],
      ['Knex itself', () => Object.assign(() => {}, { client: { acquireConnection() {} } })],
      ['MikroORM outside of a transaction', () => ({ getTransactionContext() {} })],
      ['an object that can execute and roll back', () => ({ execute() {}, rollback() {} })],
      ['Sequelize itself', () => ({ query() {}, getQueryInterface() {} })],
      ['nothing', () => undefined],
      ['an empty object', () => ({})],
    ])('Q12 Q39 of %s is refused', async (_, none) => {
      await expect(deferWithin(new JoinedTransaction(none()))).rejects.toMatchObject({
        code: 'CAR5050',
      });
    });
  });

  it('Q12 a message is stored by a statement whose columns all have types that clients can read', async () => {
    const types: number[] = [];
    await inTransaction((client) =>
      deferWithin({
        query: async (sql: string, values: unknown[]) => {
          const { fields, rows } = await client.query(sql, values);
          types.push(...fields.map(({ dataTypeID }) => dataTypeID));
          return rows;
        },
      }),
    );

    // Prisma fails where a column has no value.
    expect(types).not.toHaveLength(0);
    expect(types).not.toContain(VOID);
  });

  describe('a transaction that is not open', () => {
    it('Q39 is refused of Drizzle after its end, which Drizzle itself would run on whatever has the connection', async () => {
      const before = await waiting();
      let late: unknown;
      let joined: JoinedTransaction | undefined;
      let sent: Promise<unknown> | undefined;
      const rolledBack = orm.transaction(async (tx) => {
        late = tx;
        joined = new JoinedTransaction(tx);
        await tx.transaction((part) => deferWithin(part));
        // It is in the transaction although nobody waits for it.
        sent = deferWithin(joined);
        throw new Error('roll back');
      });
      await expect(rolledBack).rejects.toThrow('roll back');

      expect(await sent).toEqual(['accepted']);
      await expect(deferWithin(joined)).rejects.toMatchObject(CLOSED);
      await expect(deferWithin(late)).rejects.toMatchObject(CLOSED);
      expect(await waiting()).toBe(before);
    });

    it('Q31 Q39 of Drizzle on a connection that is lost shows no values of the message', async () => {
      const secret = 'payload-of-the-customer';
      const error = await orm
        .transaction(async (tx) => {
          const joined = new JoinedTransaction(tx);
          const { rows } = await tx.execute('SELECT pg_backend_pid() AS pid');
          await schema.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
          const message = { id: randomUUID(), event: 'job', body: secret };
          const failed = await queue
            .enqueue([message], { transaction: joined })
            .catch((cause: unknown) => cause);
          throw failed;
        })
        .catch((cause: unknown) => cause);

      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    });

    it('Q39 is refused of a client of pg before its BEGIN, after its end, and after COMMIT AND CHAIN', async () => {
      const before = await waiting();
      await withClient(async (client) => {
        await expect(deferWithin(client)).rejects.toMatchObject(CLOSED);
        await client.query('BEGIN');
        const joined = new JoinedTransaction(client);
        await client.query('COMMIT');
        await expect(deferWithin(joined)).rejects.toMatchObject(CLOSED);
        await client.query('BEGIN');
        const chained = new JoinedTransaction(client);
        await client.query('COMMIT AND CHAIN');
        await expect(deferWithin(chained, false)).rejects.toMatchObject(CLOSED);
        await client.query('ROLLBACK');
      });

      expect(await waiting()).toBe(before);
    });

    it('Q39 is refused on a connection that another request has in a transaction of its own', async () => {
      const before = await waiting();
      await withClient(async (client) => {
        await client.query('BEGIN');
        const early = new JoinedTransaction(client);
        await deferWithin(early);
        await client.query('COMMIT');
        await client.query('BEGIN');
        await deferWithin(new JoinedTransaction(client));
        await expect(deferWithin(early)).rejects.toMatchObject(CLOSED);
        await client.query('COMMIT');
      });

      expect(await waiting()).toBe(before + 2);
    });

    it('Q39 is refused of TypeORM outside of a transaction', async () => {
      await expect(deferWithin(typeorm.manager)).rejects.toMatchObject(CLOSED);
      await expect(deferWithin(typeorm)).rejects.toMatchObject(CLOSED);
      const runner = typeorm.createQueryRunner();
      await expect(deferWithin(runner.manager)).rejects.toMatchObject(CLOSED);
      await runner.release();
    });
  });

  describe('a transaction that is open', () => {
    it('Q39 is known by its handle when the savepoint is gone in which that was made', async () => {
      const before = await waiting();
      await withClient(async (client) => {
        await client.query('BEGIN');
        await client.query('SAVEPOINT part');
        const inner = new JoinedTransaction(client);
        await deferWithin(inner);
        await client.query('ROLLBACK TO SAVEPOINT part');
        await deferWithin(inner);
        await client.query('COMMIT');
      });

      expect(await waiting()).toBe(before + 1);
    });

    it('Q39 is known by each of many handles, also when its settings are reset', async () => {
      const before = await waiting();
      await withClient(async (client) => {
        await client.query('BEGIN');
        const [first, second] = [new JoinedTransaction(client), new JoinedTransaction(client)];
        await deferWithin(second);
        await client.query('RESET ALL');
        await client.query(`SET search_path = ${schema.name}`);
        await deferWithin(first);
        await client.query('COMMIT');
      });

      expect(await waiting()).toBe(before + 2);
    });

    it('Q12 a failed message is refused by a code, and shows nothing of it', async () => {
      await withClient(async (client) => {
        await client.query('BEGIN');
        await client.query('SELECT 1 / 0').catch(() => undefined);
        const refused = await deferWithin(client).catch((error: Error) => error);
        await client.query('ROLLBACK');

        expect(refused).toMatchObject({ code: 'CAR5018', cause: { code: '25P02' } });
      });
    });
  });

  describe('an application', () => {
    const Ordered = defineEvent<{ n: number }>('order.placed');

    async function application(): Promise<{ container: Container; events: EventQueue }> {
      const provider = postgresQueue({ url: POSTGRES_URL, connection: schema.connection });
      const { container } = rootContainer({ clock: undefined, queues: { orders: { provider } } });
      @injectable()
      class Shop {
        @Deferred(Ordered, { queue: 'orders', id: 'shop' })
        take(): void {}
      }
      build(container, Shop);
      await start(container);
      return { container, events: container.get(EventQueue) };
    }

    it('Q39 sends what is not awaited in the turn of its caller, before what comes next', async () => {
      const { container, events } = await application();
      const later = { delay: 60_000 };
      await withClient(async (client) => {
        await client.query('BEGIN');
        const gone = events.within(client).defer(Ordered, { n: 1 }, later);
        await client.query('ROLLBACK');
        await gone;
        await client.query('BEGIN');
        const kept = events.within(client).defer(Ordered, { n: 2 }, later);
        await client.query('COMMIT');
        await kept;
        await expect(events.within(client).defer(Ordered, { n: 3 })).rejects.toMatchObject(CLOSED);
      });

      const { delayed: stored } = await events.counts('orders');
      await stop(container);
      expect(stored).toBe(1);
    });
  });
});
