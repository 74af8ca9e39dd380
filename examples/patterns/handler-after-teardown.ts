/** The trap of the handler after teardown: one that still runs although what it belongs to has ended. */
import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { Deferred, EventQueue, On, ScopedEmitter } from 'carillon';
import { events, openScope, start, stop } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

// An emit that is under way goes over a copy of the list: what was taken back in its middle is called all the same.
const bell = new EventEmitter();
const hear = () => console.log('node:events: heard after it was removed');
bell.on('rang', () => bell.off('rang', hear));
bell.on('rang', hear);
bell.emit('rang');

class Rang {}

@injectable()
class Tower {
  @On(Rang)
  hear() {
    console.log('carillon: heard after the end');
  }

  @Deferred(Rang)
  later() {
    console.log('carillon: worked off after the end');
  }
}

const container = new Container();
container.register(events({ onError: (error) => console.log(`carillon reports ${error.code}`) }));
container.bind(Tower).toSelf().inTransientScope();
const visit = openScope(container, { name: 'visit' });
const emitter = visit.get(ScopedEmitter);
emitter.on(Rang, () => visit[Symbol.dispose]());
visit.get(Tower);
await container.get(EventQueue).defer(new Rang());

emitter.emit(new Rang());
console.log('carillon: nothing was heard after the end of the scope');
emitter.emit(new Rang());
await start(container);
console.log(
  `carillon: ${container.get(EventQueue).size()} message waits, and nobody of the scope that has ended works it off`,
);
await stop(container, { drain: 0 });
