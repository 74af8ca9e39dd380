/** Ordering keys in PostgreSQL: the invariants of lanes and bells, whatever commits late. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from 'carillon/engine';
import type pg from 'pg';
import { JoinedTransaction } from '../../../src/engines/postgres/joined-transaction.js';
import {
  MessageClaims,
  type PostgresMessage,
} from '../../../src/engines/postgres/message-claims.js';
import { MessageRows } from '../../../src/engines/postgres/message-rows.js';
import { PostgresDeadLetters } from '../../../src/engines/postgres/postgres-dead-letters.js';
import type { RunSql } from '../../../src/engines/postgres/run-sql.js';
import type { Outcome } from '../../../src/queue/queue-provider.js';
import { PostgresSchema } from '../../support/postgres-schema.js';
import { fc } from '../../support/properties.js';
import { withService } from '../../support/service.js';

const JOBS = 'jobs';
const LEASE = 60_000;
const FAILURE = { name: 'Error', message: 'no ink' };
const DONE: Outcome = { type: 'done' };

await withService('PostgreSQL', 5432, () => {
  let schema: PostgresSchema;
  let run: RunSql;
  let rows: MessageRows;

  beforeEach(async () => {
    schema = await PostgresSchema.migrated();
    ({ run } = schema.connections());
    rows = new MessageRows(run, JOBS);
  });

  afterEach(() => schema.drop());

  function worker(onRetry: 'block' | 'pass' = 'block', on: RunSql = run): MessageClaims {
    return new MessageClaims(on, JOBS, { owner: randomUUID(), lease: LEASE, onRetry });
  }

  /** The ids that a worker gets. */
  async function claimed(claims: MessageClaims, count = 10): Promise<string[]> {
    const { messages } = await claims.claim(count);
    return messages.map(({ id }) => id);
  }

  /** A worker whose claim is not committed until the test says so. */
  async function openWorker() {
    const client = await schema.client();
    await client.query('BEGIN');
    const on: RunSql = async <Row>(sql: string, values: readonly unknown[]) =>
      (await client.query(sql, [...values])).rows as Row[];
    return { claims: worker('block', on), commit: () => client.query('COMMIT') };
  }

  async function deferIn(client: pg.Client, ...messages: OutgoingMessage[]): Promise<void> {
    await rows.enqueue(messages, new JoinedTransaction(client));
  }

  /** As a worker does that has no room for what it finds. */
  const answerBells = () => schema.query('SELECT carillon_answer_1($1, 100)', [JOBS]);

  /** What is due now, as if its time had passed. */
  const ripen = () => schema.query('UPDATE carillon_message SET due = 0 WHERE due > 0');

  describe('messages of one ordering key', () => {
    it('Q6 are in progress one at a time when an earlier one is committed during a claim', async () => {
      const late = await schema.client();
      await late.query('BEGIN');
      await deferIn(late, keyed('1', 'k'));
      await rows.enqueue([keyed('2', 'k')]);
      await answerBells();
      const first = await openWorker();

      const taken = await claimed(first.claims);
      await late.query('COMMIT');
      const meanwhile = await claimed(worker());
      await first.commit();
      const afterwards = await claimed(worker());

      expect({ taken, meanwhile, afterwards }).toEqual({
        taken: ['2'],
        meanwhile: [],
        afterwards: [],
      });
    });

    it('Q6 are in progress one at a time when an earlier one becomes due during a claim', async () => {
      await rows.enqueue([keyed('1', 'k', { delay: 1000 }), keyed('2', 'k')]);
      await answerBells();
      const first = await openWorker();

      const taken = await claimed(first.claims);
      await schema.query(`UPDATE carillon_message SET due = 0 WHERE id = '1'`);
      const meanwhile = await claimed(worker());
      await first.commit();
      const afterwards = await claimed(worker());

      expect({ taken, meanwhile, afterwards }).toEqual({
        taken: ['2'],
        meanwhile: [],
        afterwards: [],
      });
    });

    it('Q6 go on when a head was committed after the claim that chose it began', async () => {
      await rows.enqueue([keyed('1', 'k')]);
      const holder = worker();
      const [one] = (await holder.claim(1)).messages;
      await rows.enqueue([keyed('2', 'k'), keyed('3', 'k')]);

      await holder.settle(one as PostgresMessage, DONE);
      const [two] = (await holder.claim(5)).messages;
      await holder.settle(two as PostgresMessage, DONE);

      expect([two?.id, ...(await claimed(holder))]).toEqual(['2', '3']);
      expect(await faults()).toEqual([]);
    });

    it('Q6 Q39 an open transaction that has deferred one delays no defer, claim, settle or removal of it', async () => {
      const open = await schema.client();
      await open.query('BEGIN');
      await deferIn(open, keyed('1', 'k'));
      const hasty: RunSql = onClient(await schema.client('-c lock_timeout=100'));
      const claims = worker('block', hasty);
      const others = new MessageRows(hasty, JOBS);

      await others.enqueue([keyed('2', 'k'), keyed('3', 'k')]);
      const [two] = (await claims.claim(5)).messages;
      await claims.settle(two as PostgresMessage, DONE);
      await others.cancel('3');

      expect(two?.id).toBe('2');
      await open.query('COMMIT');
      expect(await claimed(claims)).toEqual(['1']);
    });

    it('Q6 in opposite order in two transactions, and many at once from two senders, end in no deadlock', async () => {
      const [first, second] = [await schema.client(), await schema.client()];
      await Promise.all([first.query('BEGIN'), second.query('BEGIN')]);
      await deferIn(first, keyed('1a', 'a'));
      await deferIn(second, keyed('2b', 'b'));
      await deferIn(first, keyed('1b', 'b'));
      await deferIn(second, keyed('2a', 'a'));
      await Promise.all([first.query('COMMIT'), second.query('COMMIT')]);
      const keys = Array.from({ length: 500 }, (_, index) => `key ${index}`);
      const of = (name: string, order: readonly string[]) =>
        rows.enqueue(order.map((key) => keyed(`${name} ${key}`, key)));
      const claims = [worker(), worker()];

      await Promise.all([of('up', keys), of('down', [...keys].reverse())]);
      const taken = (await Promise.all(claims.map((one) => drained(one)))).flat();

      expect(new Set(taken).size).toBe(1004);
      expect(taken).toHaveLength(1004);
      expect(await leftovers()).toEqual({ lanes: 0, bells: 0 });
    });

    it('Q2 an outcome that comes after its lease was lost changes neither the message nor its lane', async () => {
      await rows.enqueue([keyed('1', 'k'), keyed('2', 'k')]);
      const [slow, quick] = [worker(), worker()];
      const [lost] = (await slow.claim(1)).messages;
      await ripen();
      const [again] = (await quick.claim(1)).messages;
      const before = await schema.query('SELECT * FROM carillon_lane');

      await slow.settle(lost as PostgresMessage, DONE);

      expect(again?.id).toBe('1');
      expect(await schema.query('SELECT * FROM carillon_lane')).toEqual(before);
      expect(await claimed(worker())).toEqual([]);
    });

    it('Q6 are looked for again when another worker is just answering for them', async () => {
      await rows.enqueue([keyed('1', 'a'), keyed('2', 'b')]);
      const other = await schema.client();
      await other.query('BEGIN');
      await other.query('SELECT carillon_answer_1($1, 2)', [JOBS]);

      const { messages, next } = await worker().claim(1);
      await other.query('COMMIT');

      expect(messages).toEqual([]);
      expect(next).toBeLessThanOrEqual(10);
      expect(await claimed(worker())).toEqual(['1', '2']);
    });

    it('Q28 are found behind the backlog of another key', async () => {
      for (let n = 0; n < 3; n += 1)
        await schema.query(
          `INSERT INTO carillon_bell SELECT $1, 0, n, 'k', 'worker' FROM generate_series(-500, -1) AS n`,
          [JOBS],
        );
      await rows.enqueue([keyed('1', 'k'), keyed('2', 'k')]);
      await rows.enqueue([keyed('3', 'other')]);

      expect(await claimed(worker(), 2)).toEqual(['1', '3']);
    });

    it('Q28 are claimed while another worker answers many bells, which nobody else answers then', async () => {
      await rows.enqueue([keyed('1', 'a')]);
      await answerBells();
      await rows.enqueue([keyed('2', 'b')]);
      const other = await schema.client('-c lock_timeout=100');
      await other.query('BEGIN');
      await other.query('SELECT carillon_catch_up_1($1, 0)', [JOBS]);

      const meanwhile = await worker().claim(5);
      await other.query('COMMIT');

      expect(meanwhile.messages.map(({ id }) => id)).toEqual(['1']);
      expect(meanwhile.next).toBeLessThanOrEqual(10);
      expect(await claimed(worker())).toEqual(['2']);
    });

    it('Q6 Q25 are stored as done together, but for one that another worker has', async () => {
      await rows.enqueue(
        ['a', 'b', 'c'].flatMap((key) => [keyed(`${key}1`, key), keyed(`${key}2`, key)]),
      );
      const claims = worker();
      const { messages } = await claims.claim(5);
      await schema.query(
        `UPDATE carillon_message SET owner = 'another', given = 2 WHERE id = 'b1'`,
      );

      await Promise.all(messages.map((message) => claims.settle(message, DONE)));

      expect(await claimed(worker())).toEqual(['a2', 'c2']);
      expect(await faults()).toEqual([]);
    });

    it('Q7 are taken by the priority of the first of each key', async () => {
      await rows.enqueue([
        keyed('low', 'a'),
        keyed('high behind low', 'a', { priority: 100 }),
        keyed('middle', 'b', { priority: 50 }),
        { ...keyed('none', ''), orderingKey: undefined, priority: 10 },
      ]);
      const claims = worker();

      expect(await drained(claims)).toEqual(['middle', 'none', 'low', 'high behind low']);
    });
  });

  describe('any program of senders and workers', () => {
    it('Q6 Q28 keeps each waiting message within reach, one of a key in progress, and leaves nothing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 40 }), async (steps) => {
          await schema.query(
            'TRUNCATE carillon_message, carillon_lane, carillon_bell, carillon_remembered',
          );
          const program = new Program();
          for (const step of steps) {
            await program.take(step);
            expect(await faults()).toEqual([]);
          }
          await program.finish();
          expect(await leftovers()).toEqual({ lanes: 0, bells: 0 });
        }),
        { numRuns: 25 },
      );
    }, 300_000);
  });

  /** Runs steps against the tables. */
  class Program {
    readonly #workers = [worker('block'), worker('pass')];
    readonly #letters = new PostgresDeadLetters(run, JOBS);
    readonly #held: { readonly by: MessageClaims; readonly message: PostgresMessage }[] = [];
    #open: pg.Client | undefined;
    #count = 0;

    async take({ kind, key, number }: Step): Promise<void> {
      const by = this.#workers[number % 2] as MessageClaims;
      switch (kind) {
        case 'defer':
          await rows.enqueue([this.#message(key), this.#message(key, { delay: number * 10_000 })]);
          return;
        case 'defer late':
          return this.#deferLate(key);
        case 'commit':
          return this.#commit();
        case 'claim':
          for (const message of (await by.claim(number)).messages) this.#held.push({ by, message });
          return;
        case 'lease over':
          await ripen();
          return;
        case 'redrive':
          await this.#letters.retry({ limit: number });
          return;
        case 'cancel':
          await rows.cancel(String(number));
          return;
        case 'all done':
          await Promise.all(this.#held.splice(0).map((held) => held.by.settle(held.message, DONE)));
          return;
        case 'reschedule':
          await rows.reschedule(String(number), 10_000);
          return;
        default:
          return this.#settle(kind, number);
      }
    }

    /** Does whatever is left. */
    async finish(): Promise<void> {
      await this.#commit();
      for (let idle = 0; idle < 2; ) {
        await ripen();
        const [by] = this.#workers as [MessageClaims];
        const { messages } = await by.claim(100);
        for (const message of messages) await by.settle(message, DONE);
        idle = messages.length === 0 ? idle + 1 : 0;
      }
      const [{ left } = { left: -1 }] = await schema.query<{ left: number }>(
        `SELECT count(*)::int AS left FROM carillon_message WHERE state NOT IN ('done', 'dead')`,
      );
      expect(left).toBe(0);
    }

    #message(key: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
      this.#count += 1;
      return keyed(String(this.#count), key, { priority: this.#count % 3, ...more });
    }

    async #deferLate(key: string): Promise<void> {
      if (this.#open === undefined) {
        this.#open = await schema.client();
        await this.#open.query('BEGIN');
      }
      await deferIn(this.#open, this.#message(key));
    }

    async #commit(): Promise<void> {
      await this.#open?.query('COMMIT');
      this.#open = undefined;
    }

    async #settle(kind: string, number: number): Promise<void> {
      const [held] = this.#held.splice(number % Math.max(1, this.#held.length), 1);
      if (held === undefined) return;
      await held.by.settle(held.message, OUTCOMES[kind] as Outcome);
    }
  }

  /** What breaks an invariant. */
  async function faults(): Promise<object[]> {
    return schema.query(`
      SELECT 'two in progress' AS fault, ordering_key, handler FROM carillon_message
      WHERE state = 'active' GROUP BY ordering_key, handler HAVING count(*) > 1
      UNION ALL
      SELECT DISTINCT 'out of reach', ordering_key, handler FROM carillon_message AS message
      WHERE state = 'waiting'
        AND NOT EXISTS (SELECT 1 FROM carillon_bell AS bell WHERE bell.key = message.ordering_key AND bell.handler = message.handler)
        AND NOT EXISTS (
          SELECT 1 FROM carillon_lane AS lane WHERE lane.key = message.ordering_key AND lane.handler = message.handler
            AND (lane.head IS NOT NULL OR lane.holder IS NOT NULL)
        )
      UNION ALL
      SELECT 'wrong head', lane.key, lane.handler FROM carillon_lane AS lane
      WHERE holder IS NULL
        AND NOT EXISTS (SELECT 1 FROM carillon_bell AS bell WHERE bell.key = lane.key AND bell.handler = lane.handler)
        AND NOT EXISTS (
          SELECT 1 FROM carillon_message AS message
          WHERE message.seq = lane.head AND message.priority = lane.priority AND state = 'waiting'
            AND seq = (
              SELECT min(seq) FROM carillon_message
              WHERE ordering_key = lane.key AND handler = lane.handler AND state = 'waiting'
            )
        )`);
  }

  async function leftovers(): Promise<object | undefined> {
    const [counts] = await schema.query(
      'SELECT (SELECT count(*)::int FROM carillon_lane) AS lanes, (SELECT count(*)::int FROM carillon_bell) AS bells',
    );
    return counts;
  }

  /** Does everything, one claim after another; the ids in order. */
  async function drained(claims: MessageClaims): Promise<string[]> {
    const ids: string[] = [];
    for (let isEmpty = false; !isEmpty; ) {
      const { messages, next } = await claims.claim(ids.length > 100 ? 50 : 1);
      for (const message of messages) {
        ids.push(message.id);
        await claims.settle(message, DONE);
      }
      isEmpty = messages.length === 0 && (next ?? LEASE) > 100;
    }
    return ids;
  }
});

interface Step {
  readonly kind: string;
  readonly key: string;
  readonly number: number;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  done: DONE,
  'try again': { type: 'retry', after: 10_000, failure: FAILURE },
  'try again at once': { type: 'retry', after: 0, failure: FAILURE },
  'give up': { type: 'giveUp', reason: 'failed', failure: FAILURE },
  'give back': { type: 'goBack', after: 0 },
  'give back for later': { type: 'goBack', after: 10_000 },
  'let pass': { type: 'goBack', after: 10_000, letsPass: true },
};

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('defer') },
    { weight: 3, arbitrary: fc.constant('claim') },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        ...['defer late', 'commit', 'lease over', 'redrive', 'cancel', 'reschedule', 'all done'],
      ),
    },
    { weight: 6, arbitrary: fc.constantFrom(...Object.keys(OUTCOMES)) },
  ),
  key: fc.constantFrom('a', 'b'),
  number: fc.integer({ min: 1, max: 12 }),
});

function keyed(id: string, key: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', orderingKey: key, ...more };
}

function onClient(client: pg.Client): RunSql {
  return async <Row>(sql: string, values: readonly unknown[]) =>
    (await client.query(sql, [...values])).rows as Row[];
}
