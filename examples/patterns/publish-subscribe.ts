/** Publish and subscribe: topics across the whole application, whichever scope a subscriber lives in; of a group one member hears. */
import 'reflect-metadata';
import { EventBus, Subscribe } from 'carillon';
import { events, openScope, start, stop } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

declare module 'carillon' {
  interface EventMap {
    'pattern.order.placed': string;
    'pattern.order.sent': string;
  }
}

@injectable()
class Audit {
  @Subscribe('pattern.order.*')
  note(id: string) {
    console.log(`audit notes ${id}`);
  }
}

@injectable()
class Session {
  @Subscribe('pattern.order.sent')
  tell(id: string) {
    console.log(`the customer hears that ${id} is on its way`);
  }
}

@injectable()
class FirstWorker {
  @Subscribe('pattern.order.placed', { group: 'packers' })
  pack(id: string) {
    console.log(`first worker packs ${id}`);
  }
}

@injectable()
class SecondWorker {
  @Subscribe('pattern.order.placed', { group: 'packers' })
  pack(id: string) {
    console.log(`second worker packs ${id}`);
  }
}

const container = new Container();
container.register(events());
for (const service of [Audit, FirstWorker, SecondWorker])
  container.bind<object>(service).to(service).inSingletonScope();
await start(container);
const bus = container.get(EventBus);

await bus.publish('pattern.order.placed', 'bell 1');
await bus.publish('pattern.order.placed', 'bell 2');
{
  await using session = openScope(container, { name: 'session' });
  session.bind(Session).toSelf().inSingletonScope();
  session.get(Session);
  await bus.publish('pattern.order.sent', 'bell 1');
}
await bus.publish('pattern.order.sent', 'bell 2');
await stop(container);
