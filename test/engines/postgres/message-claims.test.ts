/** Claims in PostgreSQL that find something, again and again: what they leave alone is not left alone for long. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { OutgoingMessage } from 'carillon/engine';
import { MessageClaims } from '../../../src/engines/postgres/message-claims.js';
import { MessageRows } from '../../../src/engines/postgres/message-rows.js';
import type { RunSql } from '../../../src/engines/postgres/run-sql.js';
import { PostgresSchema } from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';

const JOBS = 'jobs';

await withService('PostgreSQL', 5432, () => {
  let schema: PostgresSchema;
  let run: RunSql;
  let rows: MessageRows;
  let claims: MessageClaims;

  beforeEach(async () => {
    schema = await PostgresSchema.migrated();
    ({ run } = schema.connections());
    rows = new MessageRows(run, JOBS);
    claims = new MessageClaims(run, JOBS, { owner: 'me', lease: 60_000, onRetry: 'block' });
  });

  afterEach(() => schema.drop());

  /** The ids that each of some claims finds. */
  async function claimed(times: number, count: number): Promise<string[][]> {
    const found: string[][] = [];
    for (let time = 0; time < times; time += 1) {
      const { messages } = await claims.claim({ count });
      found.push(messages.map(({ id }) => id));
    }
    return found;
  }

  it('Q7 what has become due is claimed next although there is more than a claim may take', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    await rows.enqueue([message('late', { delay: 1000 }), ...ids.map((id) => message(id))]);
    await schema.query('UPDATE carillon_message SET due = 0');

    const found = await claimed(2, 2);

    expect(found).toEqual([
      ['a', 'b'],
      ['late', 'c'],
    ]);
  });

  it('Q28 a bell behind many is answered although each claim finds something', async () => {
    for (let n = 0; n < 50; n += 1) await rows.enqueue([message(`k${n}`, { orderingKey: 'k' })]);
    await rows.enqueue([message('other', { orderingKey: 'l' })]);

    const found: string[][] = [];
    for (let time = 0; time < 3; time += 1) {
      await rows.enqueue([message(`single ${time}`)]);
      found.push(...(await claimed(1, 3)));
    }

    expect(found.flat()).toContain('other');
  });

  it('Q26 what others have locked is looked for less and less often, and at once again afterwards', async () => {
    await rows.enqueue([message('1', { orderingKey: 'k' })]);
    const other = await schema.client();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM carillon_bell FOR UPDATE');
    const pauses: unknown[] = [];
    for (let time = 0; time < 9; time += 1) pauses.push((await claims.claim({ count: 1 })).next);
    await other.query('COMMIT');

    const found = await claimed(1, 1);

    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    expect(found).toEqual([['1']]);
  });
});

function message(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id, handler: 'worker', event: 'job', body: '{}', ...more };
}
