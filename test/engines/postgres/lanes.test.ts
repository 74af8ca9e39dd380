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
import type { Claim } from '../../../src/engines/pull-consumer.js';
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
    const { messages } = await claims.claim({ count: count });
    return messages.map(({ id }) => id);
  }

  /** What a worker gets of one key: the first, and those in hand behind it. */
  async function inHandOf(claims: MessageClaims): Promise<readonly PostgresMessage[]> {
    return flat(await claims.claim({ count: 1, behind: 5 }));
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
  const answerBells = () => schema.query('SELECT carillon_answer_2($1, 100)', [JOBS]);

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
      const [one] = (await holder.claim({ count: 1 })).messages;
      await rows.enqueue([keyed('2', 'k'), keyed('3', 'k')]);

      await holder.settle(one as PostgresMessage, DONE);
      const [two] = (await holder.claim({ count: 5 })).messages;
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
      const [two] = (await claims.claim({ count: 5 })).messages;
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
      const [lost] = (await slow.claim({ count: 1 })).messages;
      await ripen();
      const [again] = (await quick.claim({ count: 1 })).messages;
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
      await other.query('SELECT carillon_answer_2($1, 2)', [JOBS]);

      const { messages, next } = await worker().claim({ count: 1 });
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

      const claims = worker();

      // What was found begins first.
      const { messages, next } = await claims.claim({ count: 2 });

      expect({ messages, next }).toMatchObject({ messages: [{ id: '1' }], next: 0 });
      expect(await claimed(claims, 1)).toEqual(['3']);
    });

    it('Q28 are claimed while another worker answers many bells, which nobody else answers then', async () => {
      await rows.enqueue([keyed('1', 'a')]);
      await answerBells();
      await rows.enqueue([keyed('2', 'b')]);
      const other = await schema.client('-c lock_timeout=100');
      await other.query('BEGIN');
      await other.query('SELECT carillon_catch_up_2($1, 0)', [JOBS]);

      const meanwhile = await worker().claim({ count: 5 });
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
      const { messages } = await claims.claim({ count: 5 });
      await schema.query(
        `UPDATE carillon_message SET owner = 'another', given = 2 WHERE id = 'b1'`,
      );

      await Promise.all(messages.map((message) => claims.settle(message, DONE)));

      expect(await claimed(worker())).toEqual(['a2', 'c2']);
      expect(await faults()).toEqual([]);
    });

    it('Q6 Q17 come again in order and one at a time when a worker is killed that has several in hand', async () => {
      await rows.enqueue(['1', '2', '3', '4'].map((id) => keyed(id, 'k')));
      const killed = worker();
      const inHand = await inHandOf(killed);
      await ripen();
      const next = worker();

      const again = await inHandOf(next);
      await Promise.all(inHand.map((message) => killed.settle(message, DONE)));
      const meanwhile = await claimed(worker());
      await next.settle(again[0] as PostgresMessage, DONE);
      const second = await inHandOf(next);

      expect(inHand).toMatchObject(
        ['1', '2', '3', '4'].map((id) => ({ id, attempt: 1, isOrdered: true })),
      );
      expect(again).toMatchObject([{ id: '1', attempt: 2 }]);
      expect(meanwhile).toEqual([]);
      // Nobody knows whether it had begun: the attempt counts, and it comes alone.
      expect(second).toMatchObject([{ id: '2', attempt: 2 }]);
      expect(await faults()).toEqual([]);
    });

    it('Q6 Q25 are nobody else’s, each by its lease, until the last that a worker has in hand is done', async () => {
      await rows.enqueue(['1', '2', '3', '4'].map((id) => keyed(id, 'k')));
      const claims = worker();
      const [one, two, three] = (await claims.claim({ count: 1, behind: 2 }).then(flat)) as [
        PostgresMessage,
        PostgresMessage,
        PostgresMessage,
      ];

      const lost = await claims.renew([one, two, three]);
      await Promise.all([claims.settle(one, DONE), claims.settle(two, DONE)]);
      const meanwhile = await claimed(worker());
      await claims.settle(three, DONE);

      expect({ lost, meanwhile }).toEqual({ lost: [], meanwhile: [] });
      expect(await claimed(worker())).toEqual(['4']);
      expect(await claims.renew([one])).toEqual([one]);
      expect(await faults()).toEqual([]);
    });

    it.each([
      ['first', ['1']],
      ['last', ['3', '2']],
    ])(
      'Q6 Q25 stay with their worker as long as one in hand has its lease, when the %s are over',
      async (_, over) => {
        await rows.enqueue(['1', '2', '3'].map((id) => keyed(id, 'k')));
        const inHand = await inHandOf(worker());

        await schema.query('UPDATE carillon_message SET due = 0 WHERE id = ANY ($1)', [over]);
        const meanwhile = await claimed(worker());
        await ripen();

        expect(inHand).toHaveLength(3);
        expect(meanwhile).toEqual([]);
        expect(await drained(worker())).toEqual(['1', '2', '3']);
        expect(await leftovers()).toEqual({ lanes: 0, bells: 0 });
      },
    );

    it('Q3 Q6 go back with one that fails, in one step, and lose no attempt', async () => {
      await rows.enqueue(['1', '2', '3', '4'].map((id) => keyed(id, 'k')));
      const claims = worker();
      const [one, two, three, four] = (await inHandOf(claims)) as [
        PostgresMessage,
        PostgresMessage,
        PostgresMessage,
        PostgresMessage,
      ];

      // Whichever is stored first.
      await claims.settle(two, { type: 'retry', after: 60_000, failure: FAILURE }, [three, four]);
      const held = [await claimed(worker())];
      await claims.settle(one, DONE);
      held.push(await claimed(worker()));
      const states = await schema.query(
        'SELECT id, state, attempt FROM carillon_message ORDER BY seq',
      );
      await ripen();

      expect(held).toEqual([[], []]);
      expect(states).toEqual([
        { id: '1', state: 'done', attempt: 1 },
        { id: '2', state: 'delayed', attempt: 1 },
        { id: '3', state: 'waiting', attempt: 0 },
        { id: '4', state: 'waiting', attempt: 0 },
      ]);
      expect(await drained(worker())).toEqual(['2', '3', '4']);
    });

    it('Q3 Q6 are held by a retry although what was behind it goes back late', async () => {
      await rows.enqueue(['1', '2', '3'].map((id) => keyed(id, 'k')));
      const claims = worker();
      const [one, two, three] = (await inHandOf(claims)) as [
        PostgresMessage,
        PostgresMessage,
        PostgresMessage,
      ];

      await claims.settle(one, { type: 'retry', after: 60_000, failure: FAILURE });
      await claims.giveBack([two, three]);

      expect(await claimed(worker())).toEqual([]);
      await ripen();
      expect(await drained(worker())).toEqual(['1', '2', '3']);
    });

    it('Q6 Q7 cannot be cancelled while a worker has them in hand, and can once they are given back', async () => {
      await rows.enqueue(['1', '2', '3'].map((id) => keyed(id, 'k')));
      const claims = worker();
      const [one, two, three] = await inHandOf(claims);

      const inHand = [await rows.cancel('3'), await rows.reschedule('3', 60_000)];
      await claims.giveBack([two, three] as PostgresMessage[]);
      const given = await rows.cancel('3');
      await claims.settle(one as PostgresMessage, DONE);

      expect({ inHand, given }).toEqual({ inHand: [false, false], given: true });
      expect(await inHandOf(worker())).toMatchObject([{ id: '2', attempt: 1 }]);
      expect(await faults()).toEqual([]);
    });

    it('Q6 stay with whoever has them by now when a worker that has lost them gives them back', async () => {
      await rows.enqueue(['1', '2', '3'].map((id) => keyed(id, 'k')));
      const stood = worker();
      const [, two, three] = await inHandOf(stood);
      await ripen();
      const other = worker();
      const [one] = (await other.claim({ count: 5 })).messages;
      await other.settle(one as PostgresMessage, DONE);
      const taken = await claimed(other);

      await stood.giveBack([two, three] as PostgresMessage[]);

      expect(taken).toEqual(['2']);
      expect(await claimed(worker())).toEqual([]);
      expect(await faults()).toEqual([]);
    });

    it('Q6 are held by one in progress when another is cancelled beside the claim that has made their lane', async () => {
      await rows.enqueue(['1', '2', '3'].map((id) => keyed(id, 'k')));
      const open = await openWorker();
      const taken = await claimed(open.claims, 1);

      const cancelled = await rows.cancel('2');
      await open.commit();

      expect({ taken, cancelled }).toEqual({ taken: ['1'], cancelled: true });
      expect(await claimed(worker())).toEqual([]);
      expect(await faults()).toEqual([]);
    });

    it('Q17 are not given out behind one that was attempted, nor behind one whose time may be over', async () => {
      await rows.enqueue([
        keyed('1', 'k'),
        keyed('2', 'k'),
        keyed('3', 'k', { ttl: 60_000 }),
        keyed('4', 'k'),
      ]);

      expect(await inHandOf(worker())).toMatchObject([{ id: '1' }, { id: '2' }]);
    });

    it('Q34 are remembered by their deduplication id while they are in hand', async () => {
      const dedup = { key: 'once', window: 0 };
      await rows.enqueue([keyed('1', 'k'), keyed('2', 'k', { dedup })]);
      const claims = worker();
      const [, two] = await inHandOf(claims);

      await rows.sweep(LEASE);
      await claims.giveBack([two as PostgresMessage]);

      expect(await rows.enqueue([keyed('3', 'k', { dedup })])).toEqual(['duplicate']);
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
    readonly #held: Held[] = [];
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
          return this.#claim(by, number);
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
          await Promise.all(
            this.#held
              .splice(0)
              .flatMap(({ by: owner, message, rest }) =>
                [message, ...rest].map((one) => owner.settle(one, DONE)),
              ),
          );
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
        const { messages } = await by.claim({ count: 100 });
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
      const { by, message, rest } = held;
      const [next, ...others] = rest;
      if (kind === 'give back what follows') {
        await by.giveBack(rest);
        this.#held.push({ by, message, rest: [] });
      } else if (kind === 'done') {
        if (next !== undefined) this.#held.push({ by, message: next, rest: others });
        await by.settle(message, DONE);
      } else await by.settle(message, OUTCOMES[kind] as Outcome, rest);
    }

    async #claim(by: MessageClaims, number: number): Promise<void> {
      const { messages, behind } = await by.claim({ count: number, behind: number % 5 });
      for (const message of messages)
        this.#held.push({ by, message, rest: behind?.get(message) ?? [] });
    }
  }

  /** What breaks an invariant. */
  async function faults(): Promise<object[]> {
    return schema.query(`
      SELECT 'two workers' AS fault, ordering_key, handler FROM carillon_message
      WHERE state = 'active' GROUP BY ordering_key, handler HAVING count(DISTINCT owner) > 1
      UNION ALL
      SELECT DISTINCT 'in progress in a free lane', ordering_key, handler FROM carillon_message AS message
      WHERE state = 'active' AND NOT EXISTS (
        SELECT 1 FROM carillon_lane AS lane
        WHERE lane.key = message.ordering_key AND lane.handler = message.handler AND lane.holder IS NOT NULL
      )
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
      const { messages, next } = await claims.claim({ count: ids.length > 100 ? 50 : 1 });
      for (const message of messages) {
        ids.push(message.id);
        await claims.settle(message, DONE);
      }
      isEmpty = messages.length === 0 && (next ?? LEASE) > 100;
    }
    return ids;
  }
});

/** In the order in which they begin. */
function flat({ messages, behind }: Claim<PostgresMessage>): readonly PostgresMessage[] {
  return messages.flatMap((message) => [message, ...(behind?.get(message) ?? [])]);
}

/** A message in progress, and those that its worker has in hand behind it. */
interface Held {
  readonly by: MessageClaims;
  readonly message: PostgresMessage;
  readonly rest: readonly PostgresMessage[];
}

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
    {
      weight: 6,
      arbitrary: fc.constantFrom(...Object.keys(OUTCOMES), 'give back what follows'),
    },
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
