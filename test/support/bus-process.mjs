/** A process on a bus that a test kills: `node bus-process.mjs subscriber|publisher LEDGER ENGINE OPTIONS`. It runs what is built. */
import 'reflect-metadata';
import { EventBus, Subscribe } from 'carillon';
import { events, start } from 'carillon/inversify';
import { Container } from 'inversify';
import { made, role, WORK, work, write } from './killed-process.mjs';

class Worker {
  work(payload) {
    return work(payload);
  }
}

const container = new Container();
container.register(
  events({ bus: await made('Bus'), onError: (error) => console.error(error.message) }),
);
if (role === 'subscriber') {
  const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'work');
  const few = { concurrency: 1, limit: 1, whenFull: 'wait' };
  Subscribe(WORK, { group: 'workers', ...few })(Worker.prototype, 'work', method);
  container.bind(Worker).toSelf().inSingletonScope();
}
await start(container);
process.send('ready');

if (role === 'publisher') {
  const bus = container.get(EventBus);
  for (let n = 1; ; n += 1) {
    await bus.publish(WORK, { n });
    write(`accepted ${n}`);
  }
}
