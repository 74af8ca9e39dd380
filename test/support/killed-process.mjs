/** What processes have in common that a test kills: they write each thing that they do into a ledger before they go on. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export const WORK = 'compliance.work';

export const [role, ledger, engine, options] = process.argv.slice(2);

// It does not outlive its test, however that ends.
process.on('disconnect', () => process.exit());

export function write(line) {
  appendFileSync(ledger, `${line}\n`);
}

/** The work of the message: where it says so, the first to begin it never settles. */
export async function work({ n, hold }) {
  write(`begun ${n}`);
  const begun = readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line === `begun ${n}`);
  if (hold === true && begun.length === 1) await new Promise(() => undefined);
  // A kill is likely in the middle of one.
  await setTimeout(3);
  write(`done ${n}`);
}

/** What the engine exports by a name with that end, made with the options. */
export async function made(ending) {
  const [, make] = Object.entries(await import(`carillon/${engine}`)).find(([name]) =>
    name.endsWith(ending),
  );
  return make(JSON.parse(options));
}
