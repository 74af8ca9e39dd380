/** Prints what holds the process beyond what held it before, while an application with every kind of timer lives, and after stop(). */
import 'reflect-metadata';
import { setImmediate } from 'node:timers/promises';
import { Deferred, EventQueue, Every, On, ScopedEmitter } from 'carillon';
import { audit, events, openScope, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';

class Busy {
  look() {}
  hear() {}
  work() {}
}
Every('1h')(Busy.prototype, 'look', descriptorOf('look'));
On('rang', { debounce: '1h' })(Busy.prototype, 'hear', descriptorOf('hear'));
Deferred('job')(Busy.prototype, 'work', descriptorOf('work'));

/**
 * TypeScript hands it to a decorator.
 *
 * @param {'look' | 'hear' | 'work'} method
 */
function descriptorOf(method) {
  return /** @type {TypedPropertyDescriptor<() => void>} */ (
    Object.getOwnPropertyDescriptor(Busy.prototype, method)
  );
}

// What loaded this program is done.
await setImmediate();
const before = process.getActiveResourcesInfo().length;
const container = new Container();
container.register(
  events({ leaks: { after: 3_600_000 }, drain: 10, abort: 10, onError: () => undefined }),
);
container.bind(Busy).toSelf().inSingletonScope();
await start(container);
openScope(container);
container.get(ScopedEmitter).emit('rang', /** @type {never} */ (undefined));
await container
  .get(EventQueue)
  .defer('job', /** @type {never} */ (undefined), { delay: 3_600_000 });
const during = process.getActiveResourcesInfo().length - before;
await stop(container);
await setImmediate();

const after = process.getActiveResourcesInfo().length - before;
console.log(JSON.stringify({ during: during > 0, after, isEmpty: audit(container).isEmpty }));
