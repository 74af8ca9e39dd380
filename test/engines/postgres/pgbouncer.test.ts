/** Queues and a bus through PgBouncer in transaction mode, which gives each statement to another connection of the server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage, ProviderQueue, QueueDelivery } from 'carillon/engine';
import { PostgresBusTransport, type PostgresQueueOptions, postgresQueue } from 'carillon/postgres';
import pg from 'pg';
import { Recorder } from '../../../src/compliance/waiting.js';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { findProgram, OwnServer } from '../../support/own-server.js';
import { POSTGRES_PORT, POSTGRES_URL, PostgresSchema } from '../../support/postgres-schema.js';
import { pgBouncer } from '../../support/server-kinds.js';
import { withService } from '../../support/service.js';

const isThere = findProgram(pgBouncer(POSTGRES_PORT, 'public')) !== undefined;
const isRequired = process.env['CARILLON_REQUIRE_SERVICES'] === '1';
const NUMBERS = Array.from({ length: 60 }, (_, number) => String(number));

if (!isThere) {
  const declareNeed = isRequired ? it : it.skip;
  declareNeed('needs the program pgbouncer (Debian package pgbouncer)', () =>
    expect(isThere).toBe(true),
  );
} else await withService('PostgreSQL', POSTGRES_PORT, declareTests);

function declareTests(): void {
  let schema: PostgresSchema;
  let pooler: OwnServer;
  let url = '';
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    schema = await PostgresSchema.migrated();
    pooler = await OwnServer.begin(pgBouncer(POSTGRES_PORT, schema.name));
    url = `postgres://postgres@127.0.0.1:${pooler.port}/test`;
  });

  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await pooler.remove();
    await schema.drop();
  });

  /** What a program says that works through the pooler. It listens beside it. */
  const pooled = () => ({ url, listenUrl: POSTGRES_URL, prepare: false });

  async function open(more: Partial<PostgresQueueOptions> = {}): Promise<ProviderQueue> {
    const queue = await postgresQueue({ ...pooled(), poll: 60_000, ...more }).open('jobs', {
      clock: realClock,
      report: () => undefined,
    });
    closing.push(() => queue.close());
    return queue;
  }

  describe('through a pooler in transaction mode', () => {
    it('Q6 Q9 queues of several programs do each message once, in order, and are woken', async () => {
      const [first, second, sender] = [await open(), await open(), await open()];
      const heard = new Recorder<string>();
      const work = ({ id }: QueueDelivery) => {
        heard.record(id);
        return { type: 'done' } as const;
      };
      for (const queue of [first, second])
        await queue.consume({ concurrency: 4, onRetry: 'block' }, work);

      await Promise.all(NUMBERS.map((id) => sender.enqueue([message(`single ${id}`)])));
      await sender.enqueue(NUMBERS.map((id) => message(`keyed ${id}`, { orderingKey: 'k' })));
      const done = await heard.count(2 * NUMBERS.length);

      expect(new Set(done).size).toBe(2 * NUMBERS.length);
      expect(done.filter((id) => id.startsWith('keyed'))).toEqual(
        NUMBERS.map((id) => `keyed ${id}`),
      );
    });

    it('Q12 Q39 a transaction of the caller has its message, and is refused after its end', async () => {
      const queue = await open();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const before = await queue.status?.('in a transaction');

      await client.query('BEGIN');
      await queue.enqueue([message('in a transaction', { delay: 60_000 })], {
        transaction: client,
      });
      await client.query('COMMIT');
      const late = queue.enqueue([message('late')], { transaction: client });

      await expect(late).rejects.toMatchObject({ code: 'CAR5051' });
      expect(before).toBeUndefined();
      expect(await queue.status?.('in a transaction')).toMatchObject({ state: 'delayed' });
      await client.end();
    });

    it('Q10 a bus delivers, and its subscriber is notified', async () => {
      const heard = new Recorder<string>();
      const transport = new PostgresBusTransport({
        ...pooled(),
        listenUrl: `${POSTGRES_URL}?options=-c%20search_path%3D${schema.name}`,
        poll: 60_000,
      });
      closing.push(() => transport.close());
      await transport.connect({ failed: () => undefined });
      await transport.subscribe({
        topic: 'bell',
        group: undefined,
        prefetch: 10,
        deliver: async (text) => {
          heard.record(String(text));
          return 'done';
        },
      });
      await transport.publish({ topic: 'bell', id: '1', text: 'ding' });

      expect(await heard.count(1)).toEqual(['ding']);
    });
  });
}

function message(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', ...more };
}
