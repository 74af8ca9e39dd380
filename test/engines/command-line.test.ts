/** The commands that talk to a server: `migrate` to PostgreSQL, `tail` and `dashboard` to the bus on Redis. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createApplication } from 'carillon/adapter';
import { redisBus } from 'carillon/redis';
import { carillon, ProjectFolders } from '../support/command-line.js';
import { openDashboard } from '../support/dashboard-client.js';
import { POSTGRES_PORT, POSTGRES_URL, PostgresSchema } from '../support/postgres-schema.js';
import { PROJECT, Program } from '../support/program.js';
import { withService } from '../support/service.js';

const folders = new ProjectFolders();

/** A port on which nothing listens. */
const NOBODY = { port: 1, connectWithin: 2000 };

await withService('PostgreSQL', POSTGRES_PORT, () =>
  describe('carillon migrate', () => {
    it('makes the tables, and makes them once', async () => {
      const schema = await PostgresSchema.empty();
      const url = `${POSTGRES_URL}?options=${encodeURIComponent(schema.connection.options)}`;

      const first = await carillon('.', ['migrate', '--url', url]);
      const dry = await carillon('.', ['migrate', '--url', url, '--dry-run']);
      const second = await carillon('.', ['migrate', '--json'], { DATABASE_URL: url });
      const tables = await schema.query(`SELECT to_regclass('carillon_version') AS name`);
      await schema.drop();

      expect(first).toMatchObject({ code: 0, err: '' });
      expect(first.out).toMatch(/^The tables are of version \d+ now; they were of 0\.\n$/);
      expect(dry).toMatchObject({ code: 0, out: '\n' });
      expect(JSON.parse(second.out)).toMatchObject({ isChanged: false, sql: '' });
      expect(tables).toEqual([{ name: 'carillon_version' }]);
    });

    it('shows the SQL in a dry run, without a server', async () => {
      const { code, out } = await carillon('.', ['migrate', '--dry-run'], { DATABASE_URL: '' });

      expect(code).toBe(0);
      expect(out).toMatch(/^BEGIN;[\s\S]*CREATE TABLE carillon_version[\s\S]*COMMIT;\n$/);
    });

    it.each([
      [[], 2, 'No database was named. Give --url postgres://'],
      [['--url', 'nowhere'], 2, 'not one of PostgreSQL'],
      [['--url', 'postgres://me:secret@127.0.0.1:1/none'], 1, 'CAR7031'],
    ])('called with %p ends with %p', async (args, code, text) => {
      const answer = await carillon('.', ['migrate', ...args], { DATABASE_URL: '' });

      expect(answer.code).toBe(code);
      expect(answer.err).toContain(text);
      expect(answer.err).not.toContain('secret');
    });
  }),
);

/** A slow machine may take long to connect; where nothing listens, a test waits for the end of that time. */
const config = (stream: string, { port = 6379, connectWithin = 60_000 } = {}) => `
import { createApplication } from 'carillon/adapter';
import { redisBus } from 'carillon/redis';
export const container = () =>
  createApplication({ bus: redisBus({ url: 'redis://127.0.0.1:${port}', stream: '${stream}', connectWithin: ${connectWithin} }) });
`;

await withService('Redis', 6379, () =>
  describe('carillon tail', () => {
    it('shows what is published, and ends after as many as were asked for', async () => {
      const stream = `carillon-tail-${randomUUID()}`;
      const folder = folders.make({ 'carillon.config.js': config(stream) });
      const flags = [
        '--config',
        join(PROJECT, folder, 'carillon.config.js'),
        '--json',
        '--payload',
      ];
      const program = new Program(['dist/cli.js', 'tail', 'order.*', '--limit', '2', ...flags]);
      await program.printed(/Listening for order/);
      const bus = redisBus({ url: 'redis://127.0.0.1:6379', stream });
      const app = createApplication({ name: 'shop', bus });
      await app.start();

      for (const topic of ['order.placed', 'mail.due', 'order.shipped'])
        await app.events.publish(topic, { topic });
      const { code, output } = await program.ended;
      await app.stop();

      const lines = output.split('\n').filter((line) => line.startsWith('{'));
      expect(code).toBe(0);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { event: 'order.placed', payload: { topic: 'order.placed' }, source: '/shop' },
        { event: 'order.shipped', payload: { topic: 'order.shipped' } },
      ]);
    });

    it('ends when it is interrupted, and shows no payload unless it is asked to', async () => {
      const stream = `carillon-tail-${randomUUID()}`;
      const folder = folders.make({ 'carillon.config.js': config(stream) });
      const program = new Program([
        'dist/cli.js',
        'tail',
        '--config',
        join(PROJECT, folder, 'carillon.config.js'),
      ]);
      await program.printed(/Listening for \*\*/);
      const app = createApplication({ bus: redisBus({ url: 'redis://127.0.0.1:6379', stream }) });
      await app.start();
      await app.events.publish('order.placed', { card: '4111' });
      await app.stop();

      await program.printed(/order\.placed/);
      program.signal('SIGINT');
      const { code, output } = await program.ended;

      expect(code).toBe(0);
      expect(output).not.toContain('4111');
    });
  }),
);

describe('carillon tail, in vain,', () => {
  it.each([
    [
      'without an engine',
      "import { createApplication } from 'carillon/adapter';\nexport const container = () => createApplication();",
      2,
      'stays within its process',
    ],
    ['whose engine does not answer', config('none', NOBODY), 1, 'CAR5041'],
  ])('of a project %s ends', async (_what, text, code, message) => {
    const folder = folders.make({ 'carillon.config.js': text });

    const answer = await carillon(folder, ['tail']);

    expect(answer).toMatchObject({ code, out: '' });
    expect(answer.err).toContain(message);
  });
});

await withService('Redis', 6379, () =>
  describe('carillon dashboard', () => {
    it('shows in its feed what other processes publish', async () => {
      const stream = `carillon-dashboard-${randomUUID()}`;
      const folder = folders.make({ 'carillon.config.js': config(stream) });
      const file = join(PROJECT, folder, 'carillon.config.js');
      const program = new Program(['dist/cli.js', 'dashboard', '--config', file]);
      const [url] = await program.printed(/http:\S+/);
      await program.printed(/Hearing the bus/);
      const client = await openDashboard(url);
      const app = createApplication({ bus: redisBus({ url: 'redis://127.0.0.1:6379', stream }) });
      await app.start();

      await app.events.publish('order.placed', {});
      await client.feedUntil(({ event, kind }) => event === 'order.placed' && kind === 'handled');
      await app.stop();
      program.signal('SIGINT');

      expect(await program.ended).toMatchObject({ code: 0 });
    });
  }),
);

describe('carillon dashboard, whose bus does not answer,', () => {
  it('says so, and shows the rest', async () => {
    const folder = folders.make({ 'carillon.config.js': config('none', NOBODY) });
    const file = join(PROJECT, folder, 'carillon.config.js');
    const program = new Program(['dist/cli.js', 'dashboard', '--config', file]);
    const [url] = await program.printed(/http:\S+/);
    const client = await openDashboard(url);
    await program.printed(/cannot be reached/);

    const about = await client.read('about');
    program.signal('SIGINT');
    const { code } = await program.ended;

    expect(about).toMatchObject({ application: 'application' });
    expect(code).toBe(0);
  });
});
