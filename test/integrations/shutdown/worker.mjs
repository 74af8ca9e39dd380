/**
 * A process with a queue, ended by a signal: prints what it does. Its first argument is the drain time. The second: `stuck` has a job never
 * end, `failing` fails before the end, `silent` wants no report.
 */
import 'reflect-metadata';
import { Deferred, EventQueue } from 'carillon';
import { audit, events, start, stop } from 'carillon/inversify';
import { stopOnSignals } from 'carillon/shutdown';
import { Container } from 'inversify';

const [, , drain, mode] = process.argv;

class Worker {
  /** @param {string} job */
  async work(job) {
    console.log(`begun ${job}`);
    if (job === 'never') await new Promise(() => undefined);
    await new Promise((resolve) => process.once('SIGTERM', () => setTimeout(resolve, 50)));
    console.log(`done ${job}`);
  }
}
Deferred('job')(
  Worker.prototype,
  'work',
  /** @type {TypedPropertyDescriptor<(job: unknown) => Promise<void>>} */ (
    Object.getOwnPropertyDescriptor(Worker.prototype, 'work')
  ),
);

const container = new Container();
container.register(events({ drain: 100, abort: 50 }));
container.bind(Worker).toSelf().inSingletonScope();
await start(container);
stopOnSignals((options) => stop(container, options), {
  drain: Number(drain),
  before: () => {
    if (mode === 'failing') throw new Error('the server does not close');
    console.log('taking nothing new');
  },
  ...(mode === 'silent' ? {} : { onStopped: report }),
});
/** @param {import('carillon').DisposalReport} ending */
function report({ abandoned }) {
  const timers = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout');
  console.log(
    `stopped, ${abandoned.length} left behind, empty: ${audit(container).isEmpty}, ${timers.join()}`,
  );
}

await container
  .get(EventQueue)
  .defer('job', /** @type {never} */ (mode === 'stuck' ? 'never' : 'a'));
// The process has work of its own.
setInterval(() => undefined, 1000);
