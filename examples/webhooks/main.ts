/**
 * A GitHub-webhook backend on Carillon.
 *
 * Without an argument it is put through its paces: another process sends it real deliveries, good and bad, and a report
 * says what became of them. With `--serve` it stays up until it is told to stop.
 */
import 'reflect-metadata';
import { rehearse } from './rehearsal.js';
import { serve } from './serve.js';

const [mode] = process.argv.slice(2);

if (mode === '--serve') await serve();
else if (mode === undefined) process.exitCode = await rehearse();
else {
  console.error(`unknown argument ${mode}; there is only --serve`);
  process.exitCode = 2;
}
