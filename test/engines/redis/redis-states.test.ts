/** A server of Redis that does not write, that may lose messages, or that cannot be used. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import type { CarillonError, Clock } from 'carillon';
import type { Outcome, OutgoingMessage, ProviderQueue } from 'carillon/engine';
import { RedisBusTransport, redisQueue } from 'carillon/redis';
import { Redis } from 'ioredis';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { OwnServer } from '../../support/own-server.js';
import { REDIS } from '../../support/server-kinds.js';
import { ownServer } from '../../support/service.js';

const SECRET = 'hunter2';
const DONE: Outcome = { type: 'done' };
const ONE = { concurrency: 1, onRetry: 'block' } as const;
const own = ownServer(REDIS);
const describeRedis = own.isWanted ? describe : describe.skip;

const closing: (() => unknown)[] = [];
let reports: CarillonError[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  reports = [];
});

async function open(port: number, clock: Clock = realClock, url = `redis://127.0.0.1:${port}`) {
  const provider = redisQueue({ url, prefix: `test-${randomUUID()}`, leaseTime: 60_000 });
  // What comes after the end of its test is no other test's.
  const own = reports;
  const report = (error: CarillonError) => void own.push(error);
  const queue = await provider.open('jobs', { clock, report });
  closing.push(() => queue.close());
  return queue;
}

/** A client of the test's own, as an administrator has. */
async function administrator(port: number): Promise<Redis> {
  const redis = new Redis(port);
  closing.push(() => redis.disconnect());
  await once(redis, 'ready');
  return redis;
}

function message(more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id: randomUUID(), handler: 'worker', event: 'job', body: '{}', ...more };
}

async function until(holds: () => boolean | Promise<boolean>, step?: () => Promise<void>) {
  for (let count = 0; !(await holds()); count += 1) {
    if (count > 3000) throw new Error(`Waited in vain until ${holds}`);
    await (step?.() ?? new Promise((resolve) => setTimeout(resolve, 5)));
  }
}

/** How often scripts were run, which is how BullMQ asks for jobs. */
async function scripts(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

interface State {
  readonly name: string;
  readonly said: string;
  /** How many messages whose handler has ended meanwhile are still in progress: an outcome needs no memory. */
  readonly active: number;
  begin(redis: Redis): Promise<unknown>;
  end(redis: Redis): Promise<unknown>;
}

const STATES: readonly State[] = [
  {
    name: 'is a read-only replica',
    said: 'read-only replica',
    active: 1,
    begin: (redis) => redis.replicaof('127.0.0.1', 1),
    end: (redis) => redis.replicaof('NO', 'ONE'),
  },
  {
    name: 'has a full memory',
    said: 'memory of its server is full',
    active: 0,
    begin: (redis) => redis.config('SET', 'maxmemory', 1),
    end: (redis) => redis.config('SET', 'maxmemory', 0),
  },
];

describeRedis.each(STATES)('a server of Redis that $name', ({ said, active, begin, end }) => {
  it('Q26 is asked once for each pause, reported once, and worked with again when that is over', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    const clock = new ManualClock();
    const queue = await open(port, clock);
    const heard: string[] = [];
    await begin(redis);
    const consumption = await queue.consume(ONE, ({ id }) => {
      heard.push(id);
      return DONE;
    });
    await until(() => clock.pending > 0);
    const before = await scripts(redis);
    for (let turn = 0; turn < 50; turn += 1) await redis.ping();
    const during = await scripts(redis);
    for (let round = 0; round < 5; round += 1)
      await until(
        () => clock.pending > 0,
        () => new Promise((resolve) => setTimeout(resolve, 1)),
      ).then(() => clock.advance(5000));
    const told = reports.map(({ message }) => message);

    await end(redis);
    const sent = message();
    await queue.enqueue([sent]);
    await until(
      () => heard.length > 0,
      async () => {
        await clock.advance(5000);
        await redis.ping();
      },
    );
    await consumption.stop();

    expect(during).toBe(before);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(said);
    expect(heard).toEqual([sent.id]);
  });

  it('Q25 gets the outcome of a message once that is over', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    const clock = new ManualClock();
    const queue = await open(port, clock);
    const [begun, release] = [gate(), gate()];
    const attempts: number[] = [];
    const consumption = await queue.consume(ONE, async ({ attempt }) => {
      attempts.push(attempt);
      begun.open();
      await release.promise;
      return DONE;
    });
    const sent = message();
    await queue.enqueue([sent]);
    await begun.promise;

    await begin(redis);
    release.open();
    await until(() => clock.pending > 0);
    await clock.advance(60_000);
    const during = await queue.counts();
    await end(redis);
    await until(
      async () => (await queue.status?.(sent.id))?.state === 'done',
      () => clock.advance(5000),
    );
    await consumption.stop();

    expect(during).toMatchObject({ active });
    expect(attempts).toEqual([1]);
  });

  it('Q22 Q31 refuses what is deferred by CAR5018, and shows nothing of it', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    const queue = await open(port);
    await begin(redis);

    const refusal = await queue.enqueue([message({ body: SECRET })]).catch((error) => error);
    await end(redis);

    expect(refusal).toMatchObject({ code: 'CAR5018', message: expect.stringContaining(said) });
    expect(inspect(refusal, { depth: null, showHidden: true })).not.toContain(SECRET);
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it('Q31 a refused publish shows nothing of the payload', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    const bus = new RedisBusTransport({ url: `redis://127.0.0.1:${port}`, stream: randomUUID() });
    await bus.connect({ failed: () => undefined, lost: () => undefined } as never);
    closing.push(() => bus.close());
    await begin(redis);

    const refusal = await bus
      .publish({ topic: 'a', text: SECRET } as never)
      .catch((error) => error);
    await end(redis);

    expect(refusal).toBeInstanceOf(Error);
    expect(inspect(refusal, { depth: null, showHidden: true })).not.toContain(SECRET);
  });
});

describeRedis('a server of Redis that may lose messages', () => {
  it('Q26 is reported at the start', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');

    await open(port);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');

    expect(reports.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^CAR5018 .*maxmemory-policy of its server is allkeys-lru/),
    ]);
  });
});

describeRedis('a start that fails', () => {
  const withSecret = (port: number, scheme = 'redis') =>
    `${scheme}://default:${SECRET}@127.0.0.1:${port}`;

  const failing: [name: string, said: RegExp, prepare: () => Promise<string>][] = [
    [
      'a wrong password',
      /refuses the user or the password/,
      async () => {
        const { port } = await own.running();
        const redis = await administrator(port);
        await redis.config('SET', 'requirepass', 'another');
        closing.push(() => redis.config('SET', 'requirepass', ''));
        return withSecret(port);
      },
    ],
    ['a refused port', /Nothing listens there/, async () => withSecret(1)],
    [
      'an unknown authority',
      /certificate of the server is not trusted/,
      async () => withSecret(await tlsPort(), 'rediss'),
    ],
  ];

  it.each(failing)(
    'Q31 tells of %s, by a code and without the password',
    async (_, said, prepare) => {
      const url = await prepare();

      const refusal = await open(0, realClock, url).catch((error: unknown) => error);

      expect(refusal).toMatchObject({ code: 'CAR5018', message: expect.stringMatching(said) });
      expect(inspect(refusal, { depth: null, showHidden: true })).not.toContain(SECRET);
      expect(reports).toEqual([]);
    },
  );

  it.each(failing)('Q31 so does the bus: %s', async (_, said, prepare) => {
    const bus = new RedisBusTransport({ url: await prepare() });
    closing.push(() => bus.close());

    const refusal = await bus
      .connect({ failed: () => undefined, lost: () => undefined } as never)
      .catch((error: unknown) => error);

    expect(refusal).toMatchObject({ message: expect.stringMatching(said) });
    expect(inspect(refusal, { depth: null, showHidden: true })).not.toContain(SECRET);
  });

  it('a Redis Cluster is refused by its name', async () => {
    const server = await OwnServer.begin({
      ...REDIS,
      args: (port, folder) => [...REDIS.args(port, folder), '--cluster-enabled', 'yes'],
    });
    closing.push(() => server.remove());

    await expect(open(server.port)).rejects.toMatchObject({
      code: 'CAR5018',
      message: expect.stringContaining('Redis Cluster'),
    });
  });
});

describeRedis('dead letters on Redis', () => {
  async function dead(queue: ProviderQueue, count: number): Promise<void> {
    const failure = { name: 'Error', message: 'no ink' };
    const consumption = await queue.consume({ ...ONE, concurrency: 50 }, () => ({
      type: 'giveUp',
      reason: 'failed',
      failure,
    }));
    await queue.enqueue(Array.from({ length: count }, (_, n) => message({ body: `${n}` })));
    await until(async () => (await queue.counts()).dead === count);
    await consumption.stop();
  }

  it('Q37 are listed with the failed jobs of another program, which a worker gives up', async () => {
    const { port } = await own.running();
    const prefix = `test-${randomUUID()}`;
    const provider = redisQueue({ url: `redis://127.0.0.1:${port}`, prefix });
    const queue = await provider.open('jobs', { clock: realClock, report: () => undefined });
    closing.push(() => queue.close());
    const foreign = new Queue('jobs', { connection: { port }, prefix });
    closing.push(() => foreign.close());
    for (const data of [null, 7, 'text', {}, { body: 1, failure: 'x', reason: 2, dedup: 3 }])
      await foreign.add('foreign', data);

    const bodies: unknown[] = [];
    const consumption = await queue.consume(ONE, ({ body }) => {
      bodies.push(body);
      return { type: 'giveUp', reason: 'unreadable', failure: { name: 'Error', message: 'what?' } };
    });
    await until(async () => (await queue.counts()).dead === 5);
    await consumption.stop();
    const listed = await queue.deadLetters?.list({ error: 'what' });

    expect(bodies.every((body) => typeof body === 'string')).toBe(true);
    expect(listed).toHaveLength(5);
    expect(listed?.every(({ body }) => typeof body === 'string')).toBe(true);
  });

  it('Q37 are listed where no outcome was stored with them', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    const prefix = `test-${randomUUID()}`;
    const provider = redisQueue({ url: `redis://127.0.0.1:${port}`, prefix });
    const queue = await provider.open('jobs', { clock: realClock, report: () => undefined });
    closing.push(() => queue.close());
    await redis.zadd(`${prefix}:jobs:failed`, 1, 'gone', 2, 'bare');
    await redis.hset(`${prefix}:jobs:bare`, { name: 'foreign', data: 'null', timestamp: '1' });

    const listed = await queue.deadLetters?.list({});

    expect(listed?.map(({ id }) => id)).toEqual(['bare']);
  });

  it('Q30 are gone when all of them were sent again, in order', async () => {
    const { port } = await own.running();
    const queue = await open(port);
    await dead(queue, 600);
    const listed = await queue.deadLetters?.list({});

    const retried = await queue.deadLetters?.retry({});
    const left = await queue.deadLetters?.count({});
    const heard: string[] = [];
    const consumption = await queue.consume(ONE, ({ id }) => {
      heard.push(id);
      return DONE;
    });
    await until(() => heard.length === 600);
    await consumption.stop();

    expect({ retried, left }).toEqual({ retried: 600, left: 0 });
    expect(heard).toEqual(listed?.map(({ id }) => id));
  });

  it('are not all read for the first of them', async () => {
    const { port } = await own.running();
    const redis = await administrator(port);
    const queue = await open(port);
    await dead(queue, 600);
    const read = async () => {
      const stats = await redis.info('commandstats');
      return Number(/cmdstat_hmget:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };

    const before = await read();
    const [first] = (await queue.deadLetters?.list({ limit: 1 })) ?? [];
    const after = await read();

    expect(first).toBeDefined();
    expect(after - before).toBeLessThan(10);
  });
});

/** A port on which a server answers by TLS, with a certificate that nobody knows. */
async function tlsPort(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-days', '1'];
  const files = ['-nodes', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...subject, ...files], { stdio: 'ignore' });
  const server: Server = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return (server.address() as AddressInfo).port;
}
