/** What the server reads from an array is what was put into it. */
import { afterAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { arrayLiteral } from '../../../src/engines/postgres/array-literal.js';
import { fc } from '../../support/properties.js';
import { withService } from '../../support/service.js';

const PORT = 5432;

await withService('PostgreSQL', PORT, () => {
  const pool = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:5432/test', max: 1 });

  afterAll(() => pool.end());

  async function read(
    type: 'text' | 'float',
    values: readonly (string | number | undefined)[],
  ): Promise<unknown[]> {
    const { rows } = await pool.query({
      text: `SELECT value FROM unnest($1::${type}[]) AS value`,
      values: [arrayLiteral(values)],
      rowMode: 'array',
    });
    return rows.map(([value]) => value ?? undefined);
  }

  it('holds texts whatever they have, and nothing', async () => {
    // No text in PostgreSQL has this one sign, nor half of a pair.
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    const special = fc.constantFrom(
      '',
      'NULL',
      'null',
      '{}',
      ',',
      '"',
      '\\',
      '\\"',
      ' x ',
      'a"b\\c',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(text, special, fc.constant(undefined))),
        async (values) => {
          expect(await read('text', values)).toEqual(values);
        },
      ),
    );
  });

  it('holds numbers', async () => {
    const number = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Object.is(value, -0));
    await fc.assert(
      fc.asyncProperty(fc.array(number), async (values) => {
        expect(await read('float', values)).toEqual(values);
      }),
    );
  });
});
