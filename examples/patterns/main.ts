/** Runs the patterns and the traps: all of them, or those that are named. */
const PATTERNS = [
  'callback-list',
  'emitter',
  'publish-subscribe',
  'queue',
  'once',
  'promise',
  'coroutine',
  'request-events',
  'forgotten-listener',
  'handler-after-teardown',
  'recursive-emit',
  'handler-order',
] as const;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PATTERNS.some((pattern) => pattern === name));

if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. There is: ${PATTERNS.join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const name of wanted.length > 0 ? wanted : PATTERNS) {
    console.log(`== ${name}`);
    await import(`./${name}.js`);
    console.log();
  }
}
