/** `carillon dashboard`, of a project with a queue in a file of SQLite, whose program does not run. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Deferred } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { sqliteQueue } from 'carillon/sqlite';
import { carillon, ProjectFolders } from '../support/command-line.js';
import { openDashboard } from '../support/dashboard-client.js';
import { PROJECT, Program } from '../support/program.js';

const folders = new ProjectFolders();

/** The class is bound, and nobody builds it. */
const CONFIG = `
import 'reflect-metadata';
import { Deferred } from 'carillon';
import { events } from 'carillon/inversify';
import { sqliteQueue } from 'carillon/sqlite';
import { Container } from 'inversify';

class Mailer {
  constructor() { console.log('built'); }
  send() { console.log('sent'); }
}
Deferred('mail.due', { queue: 'mail' })(Mailer.prototype, 'send', Object.getOwnPropertyDescriptor(Mailer.prototype, 'send'));

export function container() {
  const made = new Container();
  const file = new URL('./mail.db', import.meta.url).pathname;
  made.register(events({ name: 'post', queues: { mail: { provider: sqliteQueue({ file }) } } }));
  made.bind(Mailer).toSelf().inSingletonScope();
  return made;
}`;

class Mailer {
  @Deferred('mail.due', { queue: 'mail', attempts: 1 })
  send(): void {
    throw new TypeError('no route');
  }
}

/** A folder with a project, and the id of its one dead letter. */
async function projectWithLetter(): Promise<{ readonly folder: string; readonly id: string }> {
  const folder = folders.make({ 'carillon.config.js': CONFIG });
  const provider = sqliteQueue({ file: join(PROJECT, folder, 'mail.db'), poll: '5ms' });
  const app = createApplication({ queues: { mail: { provider } }, onError: () => undefined });
  app.attach(new Mailer());
  await app.start();
  await app.events.defer('mail.due', { to: 'ada' });
  const letters = app.queue.deadLetters('mail');
  while ((await letters.count()) < 1) await new Promise(setImmediate);
  const [letter] = await letters.list();
  await app.stop();
  return { folder, id: letter?.id ?? '' };
}

async function served(folder: string, ...flags: readonly string[]) {
  const config = join(PROJECT, folder, 'carillon.config.js');
  const program = new Program(['dist/cli.js', 'dashboard', '--config', config, ...flags]);
  const [url] = await program.printed(/http:\S+/);
  return { program, client: await openDashboard(url) };
}

describe('carillon dashboard', () => {
  it('shows the graph and the queues of a program that does not run, and changes dead letters', async () => {
    const { folder, id } = await projectWithLetter();
    const { program, client } = await served(folder, '--commands', '--environment', 'staging');

    const about = await client.read('about');
    const topology = await client.read<{ readonly handlers: readonly object[] }>('topology');
    const letters = await client.read('queues/mail/dead');
    const retried = await client.command('queues/mail/retry', { which: id, reason: 'fixed' });
    const counts = await client.read('queues');
    program.signal('SIGINT');
    const { code, output } = await program.ended;

    expect(about).toEqual({ application: 'post', environment: 'staging', commands: true });
    expect(topology.handlers).toMatchObject([{ className: 'Mailer', queue: 'queue:mail' }]);
    expect(letters).toMatchObject([{ id, event: 'mail.due', reason: 'failed' }]);
    expect(retried).toEqual([200, '{"count":1}']);
    expect(counts).toMatchObject([{ name: 'mail', counts: { waiting: 1, active: 0, dead: 0 } }]);
    expect(code).toBe(0);
    expect(output).toContain(`  retry mail "${id}", 1 done. Reason: "fixed"`);
    expect(output).not.toMatch(/built|sent/);
  });

  it('is read-only unless it is told otherwise', async () => {
    const { folder, id } = await projectWithLetter();
    const { program, client } = await served(folder);

    const dropped = await client.command('queues/mail/drop', { which: id, reason: 'no' });
    program.signal('SIGTERM');
    const { code } = await program.ended;

    expect(dropped).toEqual([403, expect.stringContaining('read-only')]);
    expect(code).toBe(0);
  });

  it('ends with 1 and one sentence, without a stack, where the port is taken', async () => {
    const folder = folders.make({ 'carillon.config.js': CONFIG });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const { code, out, err } = await carillon(folder, ['dashboard', '--port', `${port}`]);
    other.close();

    expect(err).toBe(
      `error CAR7080: The dashboard cannot listen. Port ${port} of 127.0.0.1 is taken. Give another one, or 0 for one that is free.\n` +
        'Read more: carillon explain CAR7080\n',
    );
    expect([code, out]).toEqual([1, '']);
  });

  it.each([
    [['--port', 'x'], 2, '--port is "x". Give a whole number up to 65535.'],
    [['--port', '70000'], 2, '--port is "70000".'],
    [['--port', ''], 2, '--port is "".'],
    [['--port', '1e3'], 2, '--port is "1e3".'],
    [['--port', '-1'], 2, '--port is "-1".'],
    [['--host', 'nowhere'], 2, 'There is no flag --host.'],
    [['--config', 'nowhere.js'], 3, 'nowhere.js. Correct --config.'],
  ])('called with %p ends with %p', async (args, code, text) => {
    const answer = await carillon('.', ['dashboard', ...args]);

    expect(answer.code).toBe(code);
    expect(answer.err).toContain(text);
  });
});
