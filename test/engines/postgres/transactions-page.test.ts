/** The programs of the page on transactions, each on a schema of its own. */
import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { CompiledPrograms, programsOf } from '../../support/page-programs.js';
import { POSTGRES_URL, PostgresSchema } from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';

const programs = programsOf('docs/transactions.md');
// The declarations of Drizzle name packages that are not there.
const compiled = new CompiledPrograms('pages-postgres', { skipLibCheck: true });
let complaints = '';

beforeAll(async () => {
  complaints = await compiled.compile(programs);
}, 300_000);

it('the page on transactions shows programs that compile', () => {
  expect(complaints).toBe('');
});

await withService('PostgreSQL', 5432, () => {
  let schema: PostgresSchema;

  beforeEach(async () => {
    schema = await PostgresSchema.empty();
  });

  afterEach(() => schema.drop());

  it.each(programs)('Q12 Q39 $title prints what the page says', async (program) => {
    const env = { DATABASE_URL: POSTGRES_URL, PGOPTIONS: schema.connection.options };

    const { stdout, stderr } = await compiled.run(program, env);

    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(program.prints);
  });
});
