/** No error of a SQLite file shows a payload, or a part of a path that may be a secret. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventQueue } from 'carillon';
import { start, stop } from 'carillon/inversify';
import { migrate, sqliteQueue } from 'carillon/sqlite';
import { rootContainer } from '../../support/container.js';

const SECRET = 's3cret';
const isRoot = process.getuid?.() === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), `carillon-${SECRET}-`));
});

afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

/** All of an error, with what it hides; the stack of an error is its message again. */
function shown(error: unknown): string {
  return `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)}`;
}

const FILES: readonly (readonly [string, () => string, boolean?])[] = [
  ['a folder that is missing', () => join(folder, 'none', 'queues.db')],
  [
    'a folder',
    () => {
      mkdirSync(join(folder, 'queues.db'));
      return join(folder, 'queues.db');
    },
  ],
  [
    'a file that is no database',
    () => {
      writeFileSync(join(folder, 'queues.db'), `{"card":"${SECRET}"}`.repeat(100));
      return join(folder, 'queues.db');
    },
  ],
  [
    'a folder without rights',
    () => {
      chmodSync(folder, 0o000);
      return join(folder, 'queues.db');
    },
    isRoot,
  ],
];

describe.each(FILES)('%s', (_, make, isLeftOut = false) => {
  // An administrator may do everything.
  (isLeftOut ? it.skip : it)(
    'Q31 is refused with a code, without its path or a payload',
    async () => {
      const file = make();
      const { container, errors } = rootContainer({
        clock: undefined,
        queues: { jobs: { provider: sqliteQueue({ file, patience: 200 }) } },
      });
      const caught = (attempt: Promise<unknown>) => attempt.catch((error: unknown) => error);

      const deferred = await caught(
        container.get(EventQueue).defer('a topic', { card: SECRET }, { queue: 'jobs' }),
      );
      const started = await caught(start(container));
      await stop(container).catch(() => undefined);

      expect(deferred).toMatchObject({ code: 'CAR5018' });
      for (const error of [deferred, started, ...errors])
        expect(shown(error)).not.toContain(SECRET);
    },
  );
});

describe('a path that is none', () => {
  it.each([`libsql://host?authToken=${SECRET}`, `file:/queues.db?key=${SECRET}`, `${SECRET}\0.db`])(
    'Q31 is refused with CAR7030 and not shown: %j',
    async (file) => {
      const migrated = await migrate({ file }).catch((error: unknown) => error);

      expect(() => sqliteQueue({ file })).toThrow(expect.objectContaining({ code: 'CAR7030' }));
      expect(() => sqliteQueue({ file })).not.toThrow(SECRET);
      expect(migrated).toMatchObject({ code: 'CAR7030' });
      expect(shown(migrated)).not.toContain(SECRET);
    },
  );
});
