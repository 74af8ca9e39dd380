/** What a claim, an outcome and a look read in PostgreSQL, in pages, whatever else is in the tables. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PostgresSchema } from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';

const JOBS = 'jobs';
const MANY = 100_000;

/** As many as a claim of one message may read. */
const FEW = 50;

const SETTLE_NOTHING = `SELECT carillon_settle_1(0, 'me', 1, '${JOBS}', 'none', 'worker', 'done', 0, true, false, NULL, NULL)`;

const LOOK = `SELECT carillon_look_1('{${JOBS}}')`;

const FINISH_NOTHING = `SELECT carillon_finish_1('me', '{1,2,3}', '{1,1,1}')`;

await withService('PostgreSQL', 5432, () => {
  let schema: PostgresSchema;

  beforeEach(async () => {
    schema = await PostgresSchema.migrated();
    for (const table of ['message', 'lane', 'bell'])
      await schema.query(`ALTER TABLE carillon_${table} SET (autovacuum_enabled = false)`);
    // The planner believes that they are empty.
    await schema.query('ANALYZE carillon_message, carillon_lane, carillon_bell');
    // It keeps its plans from now on.
    for (let round = 0; round < 8; round += 1) {
      await schema.query(`SELECT * FROM carillon_claim_1('${JOBS}', 'me', 60000, 1)`);
      await schema.query(SETTLE_NOTHING);
      await schema.query(FINISH_NOTHING);
      await schema.query(`SELECT carillon_due_1('${JOBS}', 1000)`);
      await schema.query(LOOK);
    }
  });

  afterEach(() => schema.drop());

  /** @param key of message `n`, in SQL */
  async function fill(state: string, key: string): Promise<void> {
    await schema.query(
      `INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, owner, given, enqueued)
       SELECT '${state} ' || n, '${JOBS}', 'worker', 'job', '{}', '${state}', CASE WHEN '${state}' = 'done' THEN 0 ELSE 9e15 END, 0, ${key},
         CASE WHEN '${state}' = 'active' THEN 'other' END, 1, 0
       FROM generate_series(1, ${MANY}) AS n`,
    );
  }

  /** As if each message had been deferred by itself. */
  async function ringAll(): Promise<void> {
    await schema.query(
      `INSERT INTO carillon_bell (queue, priority, seq, key, handler)
       SELECT queue, 0, seq, ordering_key, handler FROM carillon_message WHERE ordering_key IS NOT NULL ORDER BY seq`,
    );
  }

  async function answerAll(): Promise<void> {
    await schema.query(
      `INSERT INTO carillon_bell (queue, priority, seq, key, handler)
       SELECT queue, 0, min(seq), ordering_key, handler FROM carillon_message
       WHERE ordering_key IS NOT NULL AND state = 'waiting' GROUP BY queue, ordering_key, handler`,
    );
    for (let left = 1; left > 0; ) {
      await schema.query('SELECT carillon_answer_1($1, 5000)', [JOBS]);
      const [row] = await schema.query<{ left: number }>(
        'SELECT count(*)::int AS left FROM carillon_bell',
      );
      left = row?.left ?? 0;
    }
    // The table asks the server to do so after each thousand bells.
    await schema.query('VACUUM carillon_bell');
  }

  /** Pages of one call, after calls that have read the catalogue and made the plans. */
  async function pagesOf(call: string): Promise<number> {
    const [row] = await schema.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${call}`,
    );
    const { Plan: plan } = (row as { 'QUERY PLAN': [{ Plan: Record<string, number> }] })[
      'QUERY PLAN'
    ][0];
    return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  }

  /** The pages of a claim of one message, of its outcome, and of a look at the queue. */
  async function costs(): Promise<{ claim: number; settle: number; look: number }> {
    let claim = 0;
    let settle = 0;
    let look = 0;
    for (let round = 0; round < 12; round += 1) {
      claim = await pagesOf(`SELECT * FROM carillon_claim_1('${JOBS}', 'me', 60000, 1)`);
      const [taken] = await schema.query<{ seq: string; given: number; ordering_key: string }>(
        `SELECT seq, given, ordering_key FROM carillon_message WHERE owner = 'me'`,
      );
      const { seq, given, ordering_key: key } = taken as NonNullable<typeof taken>;
      settle = await pagesOf(
        round % 2 === 0 || key === null
          ? `SELECT carillon_settle_1(${seq}, 'me', ${given}, '${JOBS}', ${key === null ? 'NULL' : `'${key}'`}, 'worker', 'done', 0, true, false, NULL, NULL)`
          : `SELECT carillon_finish_lanes_1('${JOBS}', 'me', '{${seq}}', '{${given}}', '{${key}}', '{worker}')`,
      );
      look = await pagesOf(LOOK);
    }
    return { claim, settle, look };
  }

  describe('a claim and an outcome read few pages, with the plans of an empty table,', () => {
    it.each([
      ['of one key', `'one'`],
      ['each of a key of its own', `'key ' || n`],
    ])(
      'Q28 with 100,000 waiting, %s, whose bells nobody has answered',
      async (_, key) => {
        await fill('waiting', key);
        await ringAll();

        const { claim, settle, look } = await costs();

        expect(look).toBeLessThan(FEW);
        expect(claim).toBeLessThan(FEW);
        expect(settle).toBeLessThan(FEW);
      },
      60_000,
    );

    it.each([
      ['100,000 waiting of one key', 'waiting', `'one'`],
      ['100,000 waiting, each of a key of its own', 'waiting', `'key ' || n`],
      ['100,000 waiting without a key', 'waiting', 'NULL'],
      ['100,000 done and not cleaned up', 'done', `'one'`],
      ['100,000 in progress at others', 'active', 'NULL'],
      ['100,000 delayed', 'delayed', `'one'`],
    ])(
      'Q28 with %s',
      async (_, state, key) => {
        await fill(state, key);
        await schema.query(
          `INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, enqueued)
         SELECT 'more ' || n, '${JOBS}', 'worker', 'job', '{}', 'waiting', 0, 0, CASE WHEN n % 2 = 0 THEN 'more' END, 0
         FROM generate_series(1, 100) AS n`,
        );
        await answerAll();

        const { claim, settle, look } = await costs();
        expect(look).toBeLessThan(FEW);
        expect(claim).toBeLessThan(FEW);
        expect(settle).toBeLessThan(FEW);
      },
      60_000,
    );
  });
});
