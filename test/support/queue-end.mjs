/**
 * A worker that is told to end: `node queue-end.mjs ENGINE OPTIONS`. It says `ready` once it is subscribed, ends on the next message, and
 * answers with what is open then. It is to exit by itself.
 */
import 'reflect-metadata';
import { once } from 'node:events';
import { Deferred } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';

const [engine, options] = process.argv.slice(2);
const [, queueOf] = Object.entries(await import(`carillon/${engine}`)).find(([name]) =>
  name.endsWith('Queue'),
);

class Worker {
  work() {}
}
const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'work');
Deferred('tick', { queue: 'jobs' })(Worker.prototype, 'work', method);

const container = new Container();
container.register(
  events({
    queues: { jobs: { provider: queueOf(JSON.parse(options)) } },
    onError: () => undefined,
  }),
);
container.bind(Worker).toSelf().inSingletonScope();
await start(container);
process.send('ready');
await once(process, 'message');
await stop(container);
// A handle is gone only some turns after it was closed.
for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
process.send(process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)));
process.disconnect();
