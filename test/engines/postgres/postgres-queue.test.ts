/** Queues in PostgreSQL: what the suite of all engines does not ask. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CarillonError, Deferred, defineEvent, EventQueue } from 'carillon';
import type { Outcome, OutgoingMessage, ProviderQueue, QueueDelivery } from 'carillon/engine';
import { start, stop } from 'carillon/inversify';
import { type PostgresQueueOptions, postgresQueue } from 'carillon/postgres';
import { injectable } from 'inversify';
import pg from 'pg';
import { Recorder } from '../../../src/compliance/waiting.js';
import { realClock } from '../../../src/dispatch/real-clock.js';
import {
  MessageClaims,
  type PostgresMessage,
} from '../../../src/engines/postgres/message-claims.js';
import { build, rootContainer } from '../../support/container.js';
import { gate } from '../../support/gate.js';
import { POSTGRES_URL, PostgresSchema, refusalOf } from '../../support/postgres-schema.js';
import { until } from '../../support/queue-engines.js';
import { withService } from '../../support/service.js';

const DONE: Outcome = { type: 'done' };
const OPTIONS = { concurrency: 1, onRetry: 'block' } as const;

await withService('PostgreSQL', 5432, () => {
  let schema: PostgresSchema;
  let reports: CarillonError[];
  const opened: ProviderQueue[] = [];

  beforeEach(async () => {
    schema = await PostgresSchema.migrated();
    reports = [];
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
    await schema.drop();
  });

  function provider(options: Partial<PostgresQueueOptions> = {}) {
    return postgresQueue({ url: POSTGRES_URL, connection: schema.connection, ...options });
  }

  async function open(options: Partial<PostgresQueueOptions> = {}): Promise<ProviderQueue> {
    return opening(provider(options), 'jobs');
  }

  async function opening(of: ReturnType<typeof provider>, name: string): Promise<ProviderQueue> {
    // What a queue of an earlier test says after its end is not of this one.
    const own = reports;
    const report = (error: CarillonError) => own.push(error);
    const queue = await of.open(name, { clock: realClock, report });
    opened.push(queue);
    return queue;
  }

  const stateOf = async (id: string) =>
    (
      await schema.query<{ state: string; attempt: number }>(
        'SELECT state, attempt FROM carillon_message WHERE id = $1',
        [id],
      )
    )[0];

  describe('a statement that takes too long', () => {
    it('Q22 of a defer is given up by the server: it is refused by a code, and not stored', async () => {
      const queue = await open({ patience: 2000 });
      const other = await schema.client();
      await other.query('BEGIN; LOCK TABLE carillon_message');

      const refused = await refusalOf(() => queue.enqueue([message('1')]));
      await other.query('COMMIT');

      expect(refused).toMatchObject({ code: 'CAR5018', cause: { code: '57014' } });
      // What was refused does not come later: the server has ended it.
      expect(await stateOf('1')).toBeUndefined();
      expect(await queue.enqueue([message('2')])).toEqual(['accepted']);
    });

    it('Q25 of an outcome is repeated until it is stored; the message stays in hand and runs once', async () => {
      const queue = await open({ patience: 1000, poll: 50 });
      const other = await schema.client();
      const heard = new Recorder<number>();
      await queue.enqueue([message('1')]);
      await queue.consume(OPTIONS, async ({ attempt }: QueueDelivery) => {
        await other.query(`BEGIN; SELECT FROM carillon_message WHERE id = '1' FOR UPDATE`);
        heard.record(attempt);
        return DONE;
      });
      await heard.count(1);
      // Some attempts have failed by now.
      await until(async () => (await waits()) > 0);
      await until(async () => (await waits()) === 0);
      const during = await stateOf('1');

      await other.query('COMMIT');
      await until(async () => (await stateOf('1'))?.state === 'done');

      expect(during).toEqual({ state: 'active', attempt: 1 });
      expect(heard.items).toEqual([1]);
      expect(reports).toEqual([]);
    });

    it('Q25 Q26 of a whole table loses nothing and repeats nothing: the worker goes on by itself, and tells it once', async () => {
      const queue = await open({ patience: 1500, poll: 20 });
      const other = await schema.client();
      const heard = new Recorder<string>();
      const go = gate();
      await queue.enqueue(['1', '2', '3', '4'].map((id) => message(id)));
      await queue.consume({ ...OPTIONS, concurrency: 2 }, async ({ id }: QueueDelivery) => {
        heard.record(id);
        await go.promise;
        return DONE;
      });
      await heard.count(2);

      await other.query('BEGIN; LOCK TABLE carillon_message');
      go.open();
      // Each of them takes the patience.
      for (const id of ['5', '6', '7', '8'])
        expect(await refusalOf(() => queue.enqueue([message(id)]))).toMatchObject({
          code: 'CAR5018',
        });
      await other.query('COMMIT');
      await queue.enqueue([message('9')]);
      await heard.count(5);
      const undone = `SELECT 1 FROM carillon_message WHERE state <> 'done'`;
      await until(async () => (await schema.query(undone)).length === 0);

      expect([...heard.items].sort()).toEqual(['1', '2', '3', '4', '9']);
      expect(await schema.query('SELECT id FROM carillon_message WHERE attempt > 1')).toEqual([]);
      expect(reports.length).toBeLessThan(3);
    });

    it('Q25 an outcome is stored after its connections were ended by the server', async () => {
      const application = `carillon ${randomUUID()}`;
      const connection = { ...schema.connection, application_name: application };
      const queue = await open({ connection, poll: 50 });
      const heard = new Recorder<number>();
      const go = gate();
      await queue.enqueue([message('1')]);
      await queue.consume(OPTIONS, async ({ attempt }: QueueDelivery) => {
        heard.record(attempt);
        await go.promise;
        return DONE;
      });
      await heard.count(1);

      await schema.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [application],
      );
      go.open();
      await until(async () => (await stateOf('1'))?.state === 'done');
      await queue.enqueue([message('2')]);
      await heard.count(2);

      expect(heard.items).toEqual([1, 1]);
    });
  });

  /** How many statements wait for a lock on the message that a test has locked. */
  async function waits(): Promise<number> {
    const [row] = await schema.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE wait_event_type = 'Lock' AND query LIKE '%carillon_finish_1%' AND datname = current_database()
         AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'carillon_message'::regclass)`,
    );
    return row?.count ?? 0;
  }

  describe('leases', () => {
    it('Q25 are renewed of the messages in hand, and of no others', async () => {
      const queue = await open();
      const { run } = schema.connections();
      const claims = new MessageClaims(run, 'jobs', {
        owner: 'me',
        lease: 60_000,
        onRetry: 'block',
      });
      await queue.enqueue([message('held'), message('lost answer'), message('taken over')]);
      const [held, , taken] = (await claims.claim({ count: 3 })).messages as PostgresMessage[];
      await schema.query('UPDATE carillon_message SET due = 1');
      await schema.query(`UPDATE carillon_message SET given = given + 1 WHERE id = 'taken over'`);

      await claims.renew([held as PostgresMessage, taken as PostgresMessage]);

      expect(
        await schema.query('SELECT id FROM carillon_message WHERE due = 1 ORDER BY seq'),
      ).toEqual([{ id: 'lost answer' }, { id: 'taken over' }]);
    });
  });

  describe('the other workers of a queue', () => {
    /** What they are told of it. */
    async function listen(queue: string): Promise<Recorder<string>> {
      const heard = new Recorder<string>();
      const other = await schema.client();
      other.on('notification', ({ payload = '' }) => {
        if (payload === queue) heard.record(payload);
      });
      await other.query('LISTEN carillon');
      return heard;
    }

    it('Q6 Q16 are told of a stop: what it leaves does not wait for their next look', async () => {
      const name = randomUUID();
      const heard = await listen(name);
      const queue = await opening(provider(), name);
      const consumption = await queue.consume(OPTIONS, () => DONE);

      await consumption.stop();
      await heard.count(1);

      expect(heard.items).toEqual([name]);
    });

    it('Q6 Q19 are told what one that is paused has finished: its key is free', async () => {
      const name = randomUUID();
      const heard = await listen(name);
      const queue = await opening(provider(), name);
      const begun = new Recorder<string>();
      const held = gate<Outcome>();
      const consumption = await queue.consume(OPTIONS, ({ id }) => {
        begun.record(id);
        return held.promise;
      });
      await queue.enqueue([message('first', { orderingKey: 'k' })]);
      await begun.count(1);
      await heard.count(1);

      consumption.pause();
      held.open(DONE);
      await heard.count(2);

      expect(heard.items).toEqual([name, name]);
    });
  });

  describe('deduplication', () => {
    it('Q34 keys in opposite order in two calls make nobody wait for the other, and a batch is one statement', async () => {
      const queue = await open();
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
      const of = (order: readonly string[]) =>
        queue.enqueue(
          order.map((key) => message(randomUUID(), { dedup: { key, window: 60_000 } })),
        );

      const results = await Promise.all([
        of(keys),
        of([...keys].reverse()),
        of([...keys, ...keys]),
      ]);

      expect(results.flat().filter((result) => result === 'accepted')).toHaveLength(50);
      expect(await queue.counts()).toMatchObject({ waiting: 50 });
    });

    it('Q34 a key stays for as long as its first message waits, also when what is over is deleted', async () => {
      const queue = await open({ keepDone: 1 });
      const once = (id: string) => message(id, { dedup: { key: 'order', window: 1 } });
      await queue.enqueue([once('1')]);
      await schema.query('UPDATE carillon_remembered SET until = 0');
      const { rows } = await sweeping();

      await rows.sweep(1);
      const second = await queue.enqueue([once('2')]);
      await schema.query(`UPDATE carillon_message SET state = 'done', attempt = 1`);
      await rows.sweep(1_000_000);
      const third = await queue.enqueue([once('3')]);

      expect({ second, third }).toEqual({ second: ['duplicate'], third: ['accepted'] });
    });
  });

  async function sweeping() {
    const { MessageRows } = await import('../../../src/engines/postgres/message-rows.js');
    return { rows: new MessageRows(schema.connections().run, 'jobs') };
  }

  describe('connections', () => {
    it('Q29 200 queues of one provider share at most 12, and leave none', async () => {
      const application = `carillon ${randomUUID()}`;
      const shared = provider({
        connection: { ...schema.connection, application_name: application },
        poll: 5000,
        // All of them wait for a few connections.
        patience: 60_000,
      });
      const count = async () =>
        (
          await schema.query('SELECT 1 FROM pg_stat_activity WHERE application_name = $1', [
            application,
          ])
        ).length;
      const names = Array.from({ length: 200 }, (_, index) => `queue ${index}`);
      const heard = new Recorder<string>();

      const queues = await Promise.all(names.map((name) => opening(shared, name)));
      const consumptions = await Promise.all(
        queues.map(async (queue, index) => {
          await queue.enqueue([message(`of ${index}`)]);
          return queue.consume(OPTIONS, () => {
            heard.record(names[index] as string);
            return DONE;
          });
        }),
      );
      await heard.count(200);
      const most = await count();
      await Promise.all(consumptions.map((consumption) => consumption.stop()));
      await Promise.all(queues.map((queue) => queue.close()));
      await until(async () => (await count()) === 0);

      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(12);
      expect([...heard.items].sort()).toEqual([...names].sort());
      expect(reports).toEqual([]);
    }, 300_000);

    it('Q26 that the server ends because nobody uses them are no trouble, and the one that listens stays', async () => {
      const options = `${schema.connection.options} -c idle_session_timeout=300`;
      const queue = await open({ connection: { options }, poll: 600_000 });
      const begun = new Recorder<string>();
      await queue.consume(OPTIONS, ({ id }) => {
        begun.record(id);
        return DONE;
      });
      const idle = new pg.Client({ connectionString: POSTGRES_URL, options });
      idle.on('error', () => undefined);
      await idle.connect();
      // It is the youngest of all that do nothing.
      await new Promise<void>((resolve) => idle.once('end', () => resolve()));

      await (await open()).enqueue([message('told of')]);

      expect(await begun.count(1)).toEqual(['told of']);
      expect(reports).toEqual([]);
    });

    it('Q29 one that cannot listen is ended', async () => {
      const application = `carillon ${randomUUID()}`;
      const connections = schema.connections(5000, { application_name: application });
      const listen = () => connections.listener('no channel', () => undefined);

      const failures = await Promise.allSettled([listen(), listen()]);

      for (const failure of failures)
        expect(failure).toMatchObject({ status: 'rejected', reason: { code: '42601' } });
      await until(async () => {
        const open = await schema.query(
          'SELECT 1 FROM pg_stat_activity WHERE application_name = $1',
          [application],
        );
        return open.length === 0;
      });
    });

    it('Q6 work where the transactions of a role are serializable', async () => {
      const { options } = schema.connection;
      const connection = { options: `${options} -c default_transaction_isolation=serializable` };
      const queue = await open({ connection });
      const heard = new Recorder<string>();
      await queue.enqueue(['1', '2', '3'].map((id) => message(id, { orderingKey: 'k' })));

      await queue.consume({ ...OPTIONS, concurrency: 4 }, ({ id }: QueueDelivery) => {
        heard.record(id);
        return DONE;
      });

      expect(await heard.count(3)).toEqual(['1', '2', '3']);
    });
  });

  describe('a text with U+0000, which the server does not store,', () => {
    it('Q37 Q38 is refused by a code in a message, and found nowhere', async () => {
      const queue = await open();
      const nul = 'a\0b';
      const bad = [
        message(nul),
        message('1', { orderingKey: nul }),
        message('2', { handler: nul }),
        message('3', { dedup: { key: nul, window: 1000 } }),
      ];

      const results = await Promise.allSettled(bad.map((one) => queue.enqueue([one])));
      const letters = queue.deadLetters;

      for (const result of results)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'CAR5018' } });
      expect(await queue.counts()).toMatchObject({ waiting: 0 });
      expect(await queue.cancel?.(nul)).toBe(false);
      expect(await queue.reschedule?.(nul, 1)).toBe(false);
      expect(await queue.status?.(nul)).toBeUndefined();
      for (const filter of [{ ids: [nul] }, { event: nul }, { handler: nul }, { error: nul }])
        expect(await letters?.count(filter)).toBe(0);
    });

    it('Q22 what is asked of a queue whose server is gone is rejected by a code', async () => {
      const queue = await open({ patience: 2000 });
      const other = await schema.client();
      await other.query('BEGIN; LOCK TABLE carillon_message');

      const asked = [
        () => queue.counts(),
        () => queue.cancel?.('1'),
        () => queue.reschedule?.('1', 1),
        () => queue.status?.('1'),
        () => queue.deadLetters?.list({}),
        () => queue.deadLetters?.drop({}),
      ];
      const refusals = await Promise.all(asked.map(refusalOf));
      await other.query('COMMIT');

      for (const refusal of refusals)
        expect(refusal).toMatchObject({ code: 'CAR5018', cause: { code: '57014' } });
    });
  });

  describe('the asynchronous context', () => {
    it('Q23 of a handler is that of the start, whoever opened the connections or deferred', async () => {
      const context = new AsyncLocalStorage<string>();
      const Ordered = defineEvent<number>('order.placed');
      const heard = new Recorder<string | undefined>();
      const { container } = rootContainer({
        clock: undefined,
        queues: { orders: { provider: provider({ poll: 60_000 }) } },
      });
      @injectable()
      class Shop {
        @Deferred(Ordered, { queue: 'orders', id: 'shop' })
        take(): void {
          heard.record(context.getStore());
        }
      }
      build(container, Shop);
      const queue = container.get(EventQueue);
      const defer = (tenant: string) => context.run(tenant, () => queue.defer(Ordered, 1));

      await defer('first tenant');
      await context.run('start', () => start(container));
      await heard.count(1);
      await defer('second tenant');
      await heard.count(2);
      await defer('third tenant');
      await heard.count(3);
      await stop(container);

      expect(heard.items).toEqual(['start', 'start', 'start']);
    });
  });
});

function message(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', ...more };
}
