/** What a user's program looks like: one service, the three verbs, a scope that ends. It prints what was heard. */
import 'reflect-metadata';
import { Deferred, Events, On, ScopedEmitter, Subscribe } from 'carillon';
import { events, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

declare const console: { log(line: string): void };

class Rang {
  constructor(readonly note: string) {}
}

@injectable()
class Ringer {
  constructor(readonly events: Events) {}

  @On(Rang)
  hear(event: Rang) {
    console.log(`emitted ${event.note}`);
  }

  @Subscribe('bell.*')
  read(note: unknown) {
    console.log(`published ${String(note)}`);
  }
}

@injectable()
class Clerk {
  @Deferred(Rang)
  async write(event: Rang) {
    console.log(`deferred ${event.note}`);
  }
}

const container = new Container();
container.register(events());
container.bind(Clerk).toSelf().inSingletonScope();
await start(container);

const request = openScope(container, { name: 'request' });
request.bind(Ringer).toSelf().inSingletonScope();
const ringer = request.get(Ringer);
ringer.events.emit(new Rang('a'));
await ringer.events.publish('bell.rang', 'b');
await ringer.events.defer(new Rang('c'));
container.get(ScopedEmitter).emit(new Rang('unheard'));

const { emitter } = scopeOf(request);
await request[Symbol.asyncDispose]();
await stop(container);
console.log(`left in the scope: ${emitter.listenerCount(Rang)}`);
