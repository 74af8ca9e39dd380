/** `carillon migrate`: the tables are made, once, and the SQL is printed where it is asked for. With a server: test/engines. */
import { describe, expect, it } from '@jest/globals';
import { carillon, ProjectFolders } from '../support/command-line.js';

const folders = new ProjectFolders();

/** In an empty project. */
const migrate = (...args: readonly string[]) => carillon(folders.make({}), ['migrate', ...args]);

describe('carillon migrate', () => {
  it('makes the tables of a SQLite file, and finds them there the next time', async () => {
    const folder = folders.make({});
    const run = () => carillon(folder, ['migrate', '--file', 'queues.db', '--json']);

    const first = JSON.parse((await run()).out);
    const second = JSON.parse((await run()).out);

    expect(first).toMatchObject({ engine: 'sqlite', from: 0, isChanged: true });
    expect(first.sql).toContain('CREATE TABLE');
    expect(second).toMatchObject({ from: first.to, isChanged: false, sql: '' });
  });

  it('with --dry-run prints what is missing, and makes nothing', async () => {
    const folder = folders.make({});

    const { out } = await carillon(folder, ['migrate', '--file', 'queues.db', '--dry-run']);
    const { out: after } = await carillon(folder, ['migrate', '--file', 'queues.db', '--json']);

    expect(out).toContain('CREATE TABLE');
    expect(JSON.parse(after)).toMatchObject({ from: 0, isChanged: true });
  });

  it.each([
    ['no database', [], 'No database was named'],
    ['another address', ['--url', 'mysql://root:secret@127.0.0.1/x'], 'not one of PostgreSQL'],
  ])('CAR7061 refuses %s, and shows no password', async (_, args, text) => {
    const { code, err } = await migrate(...args);

    expect(code).toBe(2);
    expect(err).toContain(text);
    expect(err).not.toContain('secret');
  });
});
