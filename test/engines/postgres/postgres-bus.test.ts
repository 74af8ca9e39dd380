/** The bus in PostgreSQL: what the suite of all engines does not ask. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BusSubscription } from 'carillon/engine';
import { type PostgresBusOptions, PostgresBusTransport, postgresBus } from 'carillon/postgres';

import pg from 'pg';
import { Recorder } from '../../../src/compliance/waiting.js';
import { BusLog } from '../../../src/engines/postgres/bus-log.js';
import { sqlOf } from '../../../src/engines/postgres/run-sql.js';
import { refusalOf } from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';

await withService('PostgreSQL', 5432, () => {
  const url = 'postgres://postgres@127.0.0.1:5432/test';
  const admin = new pg.Pool({ connectionString: url, max: 2 });
  const opened: PostgresBusTransport[] = [];
  let schema = '';
  let failures: Recorder<Error>;

  beforeEach(async () => {
    schema = `test_${randomUUID().replaceAll('-', '')}`;
    failures = new Recorder();
    await admin.query(`CREATE SCHEMA ${schema}`);
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close()));
    const used = schema;
    schema = '';
    await admin.query(`DROP SCHEMA ${used} CASCADE`);
  });

  afterAll(() => admin.end());

  const connection = () => ({ options: `-c search_path=${schema}` });

  async function open(options: Partial<PostgresBusOptions> = {}): Promise<PostgresBusTransport> {
    const transport = new PostgresBusTransport({ url, connection: connection(), ...options });
    opened.push(transport);
    // What comes after the end of its test is no other test's.
    const own = failures;
    await transport.connect({ failed: (error) => own.record(error as Error) });
    return transport;
  }

  function subscription(
    deliver: BusSubscription['deliver'],
    more: Partial<BusSubscription> = {},
  ): BusSubscription {
    return { topic: 'bell', group: undefined, prefetch: 10, deliver, ...more };
  }

  /** Takes each message and never says what became of it. */
  function taking(heard: Recorder): BusSubscription['deliver'] {
    return (message) => {
      heard.record(message);
      return new Promise(() => undefined);
    };
  }

  function doing(heard: Recorder): BusSubscription['deliver'] {
    return async (message) => {
      heard.record(message);
      return 'done';
    };
  }

  /** Asks again and again until there are rows, or the test is over. */
  async function rowsOf(sql: string, values: unknown[] = []): Promise<pg.QueryResultRow[]> {
    const asked = schema;
    while (asked === schema) {
      const { rows } = await admin.query(sql, values);
      if (rows.length > 0) return rows;
    }
    throw new Error('the test is over');
  }

  const message = (text: string, topic = 'bell') => ({ topic, id: text, text });
  const countOf = async (table: string) =>
    Number((await admin.query(`SELECT count(*) FROM ${schema}.${table}`)).rows[0].count);

  describe('postgresBus', () => {
    it.each([
      { url: '' },
      { url, retention: 0 },
      { url, leaseTime: -1 },
      { url, poll: Number.NaN },
      { url, patience: 0 },
    ])('Q7 refuses %j when it is configured', (options) => {
      expect(() => postgresBus(options)).toThrow('CAR7022');
    });
  });

  describe('a message', () => {
    it('becomes visible in its order, also when a later one is ready sooner', async () => {
      const transport = await open();
      const heard = new Recorder();
      await transport.subscribe(subscription(doing(heard)));
      const slow = new pg.Client({ connectionString: url, ...connection() });
      await slow.connect();
      await slow.query('BEGIN');
      await new BusLog(sqlOf(slow)).publish([message('first')]);

      const second = transport.publish(message('second'));
      const waits = `SELECT 1 FROM pg_locks JOIN pg_namespace ON nspname = '${schema}'
        WHERE locktype = 'advisory' AND NOT granted AND objid = hashtext('${schema}')::bigint & 4294967295`;
      await rowsOf(waits);
      await slow.query('COMMIT');
      await second;
      await slow.end();

      expect(await heard.count(2)).toEqual(['first', 'second']);
    });

    it('is forgotten when it is old, and so is a group that has no member any more', async () => {
      const gone = await open();
      await gone.subscribe(subscription(taking(new Recorder()), { group: 'mailers' }));
      await gone.publish(message('old'));
      await gone.close();

      await open({ retention: 100 });
      const [messages, groups] = ['message', 'group'].map(
        (name) => `${schema}.carillon_bus_${name}`,
      );
      await rowsOf(
        `SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM ${messages}) AND NOT EXISTS (SELECT 1 FROM ${groups})`,
      );

      expect(await countOf('carillon_bus_copy')).toBe(0);
    });

    it('of a topic with a sign that the database does not store is refused', async () => {
      const transport = await open();

      await expect(transport.publish(message('x', 'a\0b'))).rejects.toThrow('U+0000');
    });
  });

  describe('a group', () => {
    it('Q10 gives what a dead member had taken to another', async () => {
      const [dying, staying] = [await open(), await open({ leaseTime: 150 })];
      const [taken, done] = [new Recorder(), new Recorder()];
      await dying.subscribe(subscription(taking(taken), { group: 'mailers' }));
      await staying.publish(message('work'));
      await taken.count(1);
      await dying.close();
      await admin.query(`UPDATE ${schema}.carillon_bus_copy SET until = 0`);

      await staying.subscribe(subscription(doing(done), { group: 'mailers' }));

      expect(await done.count(1)).toEqual(['work']);
    });

    it('Q22 refuses by a code what the server gave up, and has not stored it', async () => {
      // The tables take longer than the patience of the one that is tested.
      await open();
      const transport = await open({ patience: 2000 });
      const other = await admin.connect();
      await other.query(`BEGIN; LOCK TABLE ${schema}.carillon_bus_message`);

      const refused = await refusalOf(() => transport.publish(message('late')));
      await other.query('COMMIT');
      other.release();

      expect(refused).toMatchObject({ code: 'CAR5040', cause: { code: '57014' } });
      const { rows } = await admin.query(`SELECT 1 FROM ${schema}.carillon_bus_message`);
      expect(rows).toEqual([]);
    });

    it('Q10 keeps what a member is still working on', async () => {
      // Renewed every two seconds: whoever stands still for less than four has still got it.
      const [busy, other] = [await open({ leaseTime: 6000 }), await open({ leaseTime: 6000 })];
      const [taken, stolen] = [new Recorder(), new Recorder()];
      await busy.subscribe(subscription(taking(taken), { group: 'mailers', prefetch: 1 }));
      await busy.publish(message('work'));
      await taken.count(1);
      await other.subscribe(subscription(taking(stolen), { group: 'mailers', prefetch: 1 }));
      const rows = await rowsOf(`SELECT until FROM ${schema}.carillon_bus_copy`);

      const renewed = `SELECT 1 FROM ${schema}.carillon_bus_copy WHERE until > $1`;
      await rowsOf(renewed, [Number(rows[0]?.['until'])]);

      expect({ takenItems: taken.items, stolenItems: stolen.items }).toEqual({
        takenItems: ['work'],
        stolenItems: [],
      });
    });

    it('drops a message that every member takes and none comes back from, and tells it', async () => {
      const taken = new Recorder();
      const publisher = await open({ leaseTime: 50 });
      await publisher.subscribe(subscription(taking(taken), { group: 'mailers' }));
      await publisher.publish(message('deadly'));
      await taken.count(1);

      for (let times = 2; times <= 5; times += 1) {
        const member = await open();
        await opened.shift()?.close();
        await admin.query(`UPDATE ${schema}.carillon_bus_copy SET until = 0`);
        await member.subscribe(subscription(taking(taken), { group: 'mailers' }));
        await taken.count(times);
      }
      await opened.shift()?.close();
      await admin.query(`UPDATE ${schema}.carillon_bus_copy SET until = 0`);
      await (await open()).subscribe(subscription(taking(taken), { group: 'mailers' }));
      await failures.until(() =>
        failures.items.some(({ message }) => message.includes('was dropped')),
      );

      expect(taken.items).toHaveLength(5);
    });
  });
});
