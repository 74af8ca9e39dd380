/** `carillon queue`, on a queue in a file of SQLite: what it shows, and what it changes. */
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Deferred } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { sqliteQueue } from 'carillon/sqlite';
import { carillon, ProjectFolders } from '../support/command-line.js';
import { PROJECT } from '../support/program.js';

const folders = new ProjectFolders();
let folder: string;

/** The project of the command line: the same queue, with another process's code. */
const config = (options: string) => `
import { Deferred } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { sqliteQueue } from 'carillon/sqlite';

class Mailer { send() {} }
Deferred('mail.due', { queue: 'mail'${options} })(Mailer.prototype, 'send', Object.getOwnPropertyDescriptor(Mailer.prototype, 'send'));

export function container() {
  const app = createApplication({ queues: { mail: { provider: sqliteQueue({ file: new URL('./mail.db', import.meta.url).pathname }) } } });
  app.attach(new Mailer());
  return app;
}`;

class Mailer {
  @Deferred('mail.due', { queue: 'mail', attempts: 1 })
  send(mail: unknown): void {
    throw new TypeError(`no route to ${(mail as { readonly to: string }).to}`);
  }
}

/** Gives up a message for each address, in the order of the addresses. */
async function giveUp(...addresses: readonly string[]): Promise<readonly string[]> {
  const provider = sqliteQueue({ file: join(PROJECT, folder, 'mail.db'), poll: '5ms' });
  const app = createApplication({ queues: { mail: { provider } }, onError: () => undefined });
  app.attach(new Mailer());
  await app.start();
  for (const to of addresses) await app.events.defer('mail.due', { to });
  const letters = app.queue.deadLetters('mail');
  while ((await letters.count()) < addresses.length) await new Promise(setImmediate);
  const ids = (await letters.list()).map(({ id }) => id);
  await app.stop();
  return ids;
}

function queue(...args: readonly string[]) {
  return carillon(folder, ['queue', ...args]);
}

async function counts(): Promise<object> {
  return JSON.parse((await queue('stats', 'mail', '--json')).out);
}

describe('carillon queue', () => {
  beforeEach(() => {
    folder = folders.make({ 'carillon.config.js': config('') });
  });

  it('lists the queues', async () => {
    const { out } = await queue('ls');

    expect(out).toBe('mail  sqlite, durable, auto, 1 at once\n');
  });

  it('says where there are none; to a program it gives an empty list', async () => {
    const empty = folders.make({
      'carillon.config.js': `import { createApplication } from 'carillon/adapter';
export const container = () => createApplication();`,
    });

    const listed = await carillon(empty, ['queue', 'ls']);
    const json = await carillon(empty, ['queue', 'ls', '--json']);

    expect(listed).toEqual({ code: 0, out: '', err: 'The project has no queues.\n' });
    expect(json).toEqual({ code: 0, out: '[]\n', err: '' });
  });

  it('counts messages', async () => {
    await giveUp('a', 'b');

    expect((await queue('stats', 'mail')).out).toBe('waiting 0\ndelayed 0\nactive 0\ndead 2\n');
    expect(await counts()).toEqual({ waiting: 0, delayed: 0, active: 0, dead: 2 });
  });

  it('lists dead letters without what they hold, and shows one with it', async () => {
    const [id = ''] = await giveUp('ada@example.org');

    const listed = await queue('failed', 'mail');
    const json = JSON.parse((await queue('failed', 'mail', '--json')).out);
    const shown = JSON.parse((await queue('peek', 'mail', id)).out);

    expect(listed.out).toMatch(
      new RegExp(
        `^${id} {2}\\S+Z {2}mail\\.due for mail\\.due/send, failed after 1 attempt\\(s\\): TypeError: no route`,
      ),
    );
    expect(json).toMatchObject([{ id, event: 'mail.due', reason: 'failed' }]);
    expect(JSON.stringify(json)).not.toContain('"body"');
    expect(shown).toMatchObject({ state: 'dead', id, body: { data: { to: 'ada@example.org' } } });
  });

  it('selects them', async () => {
    const ids = await giveUp('a', 'b', 'c');
    const found = async (...flags: readonly string[]) =>
      JSON.parse((await queue('failed', 'mail', '--json', ...flags)).out).map(
        ({ id }: { id: string }) => id,
      );

    expect(await found('--error', 'route to b')).toEqual([ids[1]]);
    expect(await found('--limit', '2')).toEqual(ids.slice(0, 2));
    expect(await found('--event', 'nope')).toEqual([]);
    expect(await found('--before', '2001-01-01')).toEqual([]);
    expect(await found('--since', '2001-01-01', '--reason', 'failed')).toEqual(ids);
  });

  it.each(['retry', 'drop'])(
    '%s asks, and does nothing where nobody can be asked, nor in a dry run',
    async (verb) => {
      const [id] = await giveUp('a');

      const asked = await queue(verb, 'mail', '--all');
      const dry = await queue(verb, 'mail', '--all', '--dry-run');

      expect(asked).toMatchObject({ code: 2, out: '' });
      expect(asked.err).toContain('1 dead letter(s) of queue "mail"');
      expect(asked.err).toContain('say --yes, or --dry-run');
      expect(dry).toMatchObject({ code: 0, err: 'Nothing was changed; 1 found.\n' });
      expect(dry.out).toContain(id);
      expect(await counts()).toMatchObject({ dead: 1, waiting: 0 });
    },
  );

  it('sends those again that are selected', async () => {
    const ids = await giveUp('a', 'b');

    const { out, err } = await queue('retry', 'mail', '--error', 'route to a', '--yes', '--json');

    expect(JSON.parse(out)).toEqual({ retry: 1, found: [ids[0]] });
    expect(err).toBe('1 sent again.\n');
    expect(await counts()).toMatchObject({ dead: 1, waiting: 1 });
  });

  it('deletes those that are selected', async () => {
    await giveUp('a', 'b', 'c');

    const { err } = await queue('drop', 'mail', '--limit', '2', '-y');

    expect(err).toBe('2 deleted.\n');
    expect(await counts()).toMatchObject({ dead: 1, waiting: 0 });
  });

  it.each([
    ['', 0],
    [", id: 'renamed'", 2],
    [", id: 'renamed', previousIds: ['mail.due/send']", 0],
  ])(
    'does not send again what has no handler any more: with %p it ends with %p',
    async (options, code) => {
      await giveUp('a');
      const other = folders.make({
        'carillon.config.js': config(options).replace(
          "'./mail.db'",
          JSON.stringify(join(PROJECT, folder, 'mail.db')),
        ),
      });

      const answer = await carillon(other, ['queue', 'retry', 'mail', '--all', '--yes']);

      expect(answer.code).toBe(code);
      expect(await counts()).toMatchObject({ dead: code === 0 ? 0 : 1 });
    },
  );
});

describe('carillon queue, called wrongly,', () => {
  beforeAll(() => {
    folder = folders.make({ 'carillon.config.js': config('') });
  });

  it.each([
    [['stats', 'post'], 2, 'There is no queue "post". Give one of mail.'],
    [['retry', 'mail'], 2, 'Say which dead letters'],
    [['drop', 'mail', '--all', '--event', 'mail.due'], 2, 'Say which dead letters'],
    [['failed', 'mail', '--since', 'yesterday'], 2, '--since is "yesterday"'],
    [['failed', 'mail', '--reason', 'bored'], 2, '--reason is "bored". Give one of failed'],
    [['failed', 'mail', '--limit', '0'], 2, '--limit is "0"'],
    [['drop', 'mail', '--al'], 2, 'There is no flag --al'],
    [['peek', 'mail', 'none'], 1, 'has no message none'],
  ])('as %p ends with %p', async (args, code, text) => {
    const answer = await queue(...args);

    expect(answer).toMatchObject({ code, out: '' });
    expect(answer.err).toContain(text);
  });

  it('cannot see what is in the memory of another process', async () => {
    const { code, err } = await carillon('examples/webhooks', ['queue', 'stats', 'archive']);

    expect(code).toBe(2);
    expect(err).toContain(
      'Queue "archive" is in the memory of the process that runs the application.',
    );
  });

  it('says where an engine does not answer', async () => {
    const broken = folders.make({
      'carillon.config.js': config('').replace("'./mail.db'", "'./no/such/folder/mail.db'"),
    });

    const { code, err } = await carillon(broken, ['queue', 'stats', 'mail']);

    expect(code).toBe(1);
    expect(err).toContain('CAR5018: Queue "mail" on sqlite could not be opened.');
  });
});
