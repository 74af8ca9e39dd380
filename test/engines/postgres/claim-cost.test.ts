/** What a claim, an outcome and a look read in PostgreSQL, in pages, whatever else is in the tables. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PostgresSchema } from '../../support/postgres-schema.js';
import { POSTGRES, postgresUrl } from '../../support/server-kinds.js';
import { ownServer } from '../../support/service.js';

const JOBS = 'jobs';
const MANY = 100_000;

/** As many as a claim of one message may read. */
const FEW = 50;

const SETTLE_NOTHING = `SELECT carillon_settle_2(0, 'me', 1, '${JOBS}', 'none', 'worker', 'done', 0, true, false, NULL, NULL, '{}', '{}')`;

const LOOK = `SELECT carillon_look_1('{${JOBS}}')`;

const FINISH_NOTHING = `SELECT carillon_finish_1('me', '{1,2,3}', '{1,1,1}')`;

/** Nobody else's: as long as any transaction of the server is open, claims read the rows that have died since it began. */
const own = ownServer({
  ...POSTGRES,
  args: (port, folder) => [
    ...POSTGRES.args(port, folder),
    '-c',
    'autovacuum=off',
    '-c',
    'fsync=off',
  ],
});

const describeIf = own.isWanted ? describe : describe.skip;

describeIf('in PostgreSQL', () => {
  let schema: PostgresSchema;

  beforeEach(async () => {
    schema = await PostgresSchema.migrated(postgresUrl((await own.running()).port));
    // The planner believes that they are empty.
    await schema.query('ANALYZE carillon_message, carillon_lane, carillon_bell');
    // It keeps its plans from now on.
    for (let round = 0; round < 8; round += 1) {
      await schema.query(`SELECT * FROM carillon_claim_2('${JOBS}', 'me', 60000, 1, 0)`);
      await schema.query(SETTLE_NOTHING);
      await schema.query(FINISH_NOTHING);
      await schema.query(`SELECT carillon_due_1('${JOBS}', 1000)`);
      await schema.query(LOOK);
    }
    // The first one starts the server.
  }, 120_000);

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
      await schema.query('SELECT carillon_answer_2($1, 5000)', [JOBS]);
      const [row] = await schema.query<{ left: number }>(
        'SELECT count(*)::int AS left FROM carillon_bell',
      );
      left = row?.left ?? 0;
    }
    // The table asks the server to do so after some hundred bells.
    await schema.query('VACUUM carillon_bell');
  }

  async function defer(name: string, count: number, key: string): Promise<void> {
    await schema.query(
      `WITH message AS (
         INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, enqueued)
         SELECT '${name} ' || n, '${JOBS}', 'worker', 'job', '{}', 'waiting', 0, 0, ${key}, 0 FROM generate_series(1, ${count}) AS n
         RETURNING seq, ordering_key
       ) INSERT INTO carillon_bell (queue, priority, seq, key, handler)
         SELECT '${JOBS}', 0, seq, ordering_key, 'worker' FROM message WHERE ordering_key IS NOT NULL`,
    );
  }

  /** As a worker does it, a hundred at once. */
  async function processAll(): Promise<number> {
    let processed = 0;
    for (;;) {
      const taken = await schema.query<{ seq: string; given: number; key: string | null }>(
        `SELECT seq, given, key FROM carillon_claim_2('${JOBS}', 'me', 60000, 100, 0) WHERE seq IS NOT NULL ORDER BY key, seq`,
      );
      if (taken.length === 0) return processed;
      processed += taken.length;
      const [seqs, givens, keys] = [
        taken.map(({ seq }) => seq),
        taken.map(({ given }) => given),
        taken.map(({ key }) => key),
      ];
      await (keys[0] === null
        ? schema.query(`SELECT carillon_finish_1('me', $1, $2)`, [seqs, givens])
        : schema.query(
            `SELECT carillon_finish_lanes_1('${JOBS}', 'me', $1, $2, $3, array_fill('worker'::text, ARRAY[cardinality($3::text[])]))`,
            [seqs, givens, keys],
          ));
    }
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
      claim = await pagesOf(`SELECT * FROM carillon_claim_2('${JOBS}', 'me', 60000, 1, 0)`);
      const [taken] = await schema.query<{ seq: string; given: number; ordering_key: string }>(
        `SELECT seq, given, ordering_key FROM carillon_message WHERE owner = 'me'`,
      );
      const { seq, given, ordering_key: key } = taken as NonNullable<typeof taken>;
      settle = await pagesOf(
        round % 2 === 0 || key === null
          ? `SELECT carillon_settle_2(${seq}, 'me', ${given}, '${JOBS}', ${key === null ? 'NULL' : `'${key}'`}, 'worker', 'done', 0, true, false, NULL, NULL, '{}', '{}')`
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
      180_000,
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
      180_000,
    );

    // Each message leaves two dead rows, and with a key of its own a bell and a lane.
    it.each([
      ['2,500 messages without a key', 2500, 'NULL'],
      ['500 messages of a key each, and their bells', 500, `'key ' || n`],
    ])(
      'Q28 with as many dead rows as make the server clean up, of %s',
      async (_, count, key) => {
        await defer('first', count, key);
        expect(await processAll()).toBe(count);
        await defer('later', 100, key);

        const { claim, settle, look } = await costs();

        expect(look).toBeLessThan(FEW);
        expect(claim).toBeLessThan(FEW);
        expect(settle).toBeLessThan(FEW);
      },
      180_000,
    );
  });

  it('Q28 the server is asked to clean up after a number of dead rows that hardly grows with the table, in the indexes as well', async () => {
    const tables = await schema.query<{ name: string; options: string[] }>(
      `SELECT relname AS name, reloptions AS options FROM pg_class
       WHERE oid IN ('carillon_message'::regclass, 'carillon_lane'::regclass, 'carillon_bell'::regclass) ORDER BY relname`,
    );

    expect(tables).toEqual([
      { name: 'carillon_bell', options: expect.arrayContaining(cleaned(500, 0)) },
      { name: 'carillon_lane', options: expect.arrayContaining(cleaned(500, 0)) },
      { name: 'carillon_message', options: expect.arrayContaining(cleaned(5000, 0.001)) },
    ]);
  });
});

function cleaned(rows: number, share: number): string[] {
  return [
    `autovacuum_vacuum_threshold=${rows}`,
    `autovacuum_vacuum_scale_factor=${share}`,
    'vacuum_index_cleanup=on',
  ];
}
