/**
 * A GitHub-webhook backend on Carillon.
 *
 * Without an argument it is put through its paces: another process sends it real deliveries, good and bad, and a report
 * says what became of them. With `--serve` it stays up until it is told to stop, and with
 * `--dashboard` behind that shows itself.
 */
import 'reflect-metadata';
import { rehearse } from './rehearsal.js';
import { serve } from './serve.js';

const [mode, ...others] = process.argv.slice(2);

if (mode === '--serve') await serve({ dashboard: others.includes('--dashboard') });
else if (mode === undefined) process.exitCode = await rehearse();
else {
  console.error(`unknown argument ${mode}; there is only --serve, and with it --dashboard`);
  process.exitCode = 2;
}
