/** A new process that loads one module, as a program that starts does, and prints how many nanoseconds that took. */
import { createRequire } from 'node:module';

const [way, subject, ...before] = process.argv.slice(2);
const require = createRequire(import.meta.url);

// The loader starts at the first import, whatever that is of.
await import('data:text/javascript,');
for (const module of before) await import(module);

const begin = process.hrtime.bigint();
if (way === 'require') require(subject);
else await import(subject);
console.log(String(process.hrtime.bigint() - begin));
