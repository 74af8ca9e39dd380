/** No error of PostgreSQL shows a password or a payload, in whichever way it came about. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventQueue } from 'carillon';
import { start, stop } from 'carillon/inversify';
import {
  migrate,
  PostgresBusTransport,
  type PostgresQueueOptions,
  postgresBus,
  postgresQueue,
} from 'carillon/postgres';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { rootContainer } from '../../support/container.js';
import {
  POSTGRES_PORT,
  POSTGRES_URL,
  PostgresSchema,
  refusalOf,
} from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const SECRET = 's3cret';
const patience = 300;

/** All of an error, with what it hides. */
function shown(error: unknown): string {
  return `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)}`;
}

await withService('PostgreSQL', POSTGRES_PORT, () => {
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  async function silentPort(): Promise<number> {
    const proxy = await TcpProxy.to(POSTGRES_PORT);
    closing.push(() => proxy.close());
    await proxy.silence();
    return proxy.port;
  }

  const WAYS: readonly (readonly [string, () => Promise<Partial<PostgresQueueOptions>>])[] = [
    [
      'a port that refuses',
      async () => ({ url: `postgres://postgres:${SECRET}@127.0.0.1:1/test` }),
    ],
    [
      'a port beyond the last',
      async () => ({ url: `postgres://a:${SECRET}@127.0.0.1:99999/test` }),
    ],
    ['a text that is no address', async () => ({ url: `postgres://a:${SECRET}@[::1/test` })],
    ['a sign that is no percent code', async () => ({ url: `postgres://a:${SECRET}%zz@h/test` })],
    [
      'a host that nobody knows',
      async () => ({ url: `postgres://a:${SECRET}@no.such.host.invalid/test` }),
    ],
    [
      'a database that is not there',
      async () => ({ url: `postgres://postgres:${SECRET}@127.0.0.1/none` }),
    ],
    [
      'a role that is not there',
      async () => ({ url: `postgres://nobody:${SECRET}@127.0.0.1/test` }),
    ],
    [
      'a server without TLS',
      async () => ({ url: `postgres://postgres:${SECRET}@127.0.0.1/test?sslmode=require` }),
    ],
    [
      'a server that is silent',
      async () => ({ url: `postgres://postgres:${SECRET}@127.0.0.1:${await silentPort()}/test` }),
    ],
    [
      'an option of the client',
      async () => ({ url: 'postgres://127.0.0.1:1/test', connection: { password: SECRET } }),
    ],
    [
      'an address to listen that is none',
      async () => ({ url: POSTGRES_URL, listenUrl: `postgres://a:${SECRET}@[::1/test` }),
    ],
  ];

  describe.each(WAYS)('a connection by %s', (_, way) => {
    it('Q31 fails without a password in what a queue, a bus, an application and a migration show', async () => {
      const given = await way();
      const schema = await PostgresSchema.empty();
      closing.push(() => schema.drop());
      const options = {
        url: POSTGRES_URL,
        patience,
        ...given,
        connection: { ...schema.connection, ...given.connection },
      };
      const { container, errors } = rootContainer({
        clock: undefined,
        queues: { jobs: { provider: postgresQueue(options) } },
        bus: postgresBus({ ...options, acceptWithin: 600, connectWithin: 600 }),
      });
      const transport = new PostgresBusTransport(options);
      closing.push(() => transport.close());
      const context = { clock: realClock, report: () => undefined };
      const caught = (attempt: Promise<unknown>) => attempt.catch((error: unknown) => error);

      const found = await Promise.all([
        caught(
          postgresQueue(options)
            .open('jobs', context)
            .then(async (queue) => {
              closing.push(() => queue.close());
              await queue.consume({ concurrency: 1, onRetry: 'block' }, () => ({ type: 'done' }));
            }),
        ),
        caught(
          transport.connect({ failed: () => undefined }).then(() =>
            transport.subscribe({
              topic: 'a',
              group: undefined,
              prefetch: 1,
              deliver: async () => 'done',
            }),
          ),
        ),
        given.listenUrl === undefined ? caught(migrate(options)) : new Error('not asked'),
        caught(container.get(EventQueue).defer('a topic', {}, { queue: 'jobs' })),
        caught(start(container)),
      ]);
      await stop(container).catch(() => undefined);

      for (const error of [...found, ...errors]) expect(shown(error)).not.toContain(SECRET);
      expect(found[0]).toBeInstanceOf(Error);
      expect(found[1]).toBeInstanceOf(Error);
    }, 240_000);
  });

  it('Q31 a message that the server refuses shows nothing of its row', async () => {
    const schema = await PostgresSchema.migrated();
    closing.push(() => schema.drop());
    await schema.query('ALTER TABLE carillon_message ADD CHECK (length(body) < 3)');
    const { connection } = schema;
    const queue = await postgresQueue({ url: POSTGRES_URL, connection }).open('jobs', {
      clock: realClock,
      report: () => undefined,
    });
    closing.unshift(() => queue.close());
    const stored = { id: 'twice', event: 'job', body: '{}' };
    await queue.enqueue([stored]);

    const checked = queue.enqueue([{ ...stored, id: 'other', body: `{"card":"${SECRET}"}` }]);
    const doubled = queue.enqueue([{ ...stored, orderingKey: SECRET }]);
    const [first, second] = (await Promise.allSettled([checked, doubled])) as [
      PromiseRejectedResult,
      PromiseRejectedResult,
    ];

    expect(first.reason).toMatchObject({ code: 'CAR5018', cause: { code: '23514' } });
    expect(second.reason).toMatchObject({ code: 'CAR5018', cause: { code: '23505' } });
    expect(shown([first.reason, second.reason])).not.toContain(SECRET);
    await queue.close();
  });

  it('Q22 Q31 a message that takes too long to store is refused, and shows nothing of it', async () => {
    const schema = await PostgresSchema.migrated();
    closing.push(() => schema.drop());
    const queue = await postgresQueue({
      url: POSTGRES_URL,
      connection: schema.connection,
      patience: 2000,
    }).open('jobs', { clock: realClock, report: () => undefined });
    closing.unshift(() => queue.close());
    const other = await schema.client();
    await other.query('BEGIN; LOCK TABLE carillon_message IN EXCLUSIVE MODE');

    const late = { id: 'late', event: 'job', body: `{"card":"${SECRET}"}` };
    const error = await refusalOf(() => queue.enqueue([late]));
    await other.query('ROLLBACK');

    expect(error).toMatchObject({ code: 'CAR5018', cause: { code: '57014' } });
    expect(shown(error)).not.toContain(SECRET);
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
    await queue.close();
  });
});
