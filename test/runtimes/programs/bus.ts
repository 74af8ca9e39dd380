/** A bus on an engine: `bus.js ENGINE OPTIONS`. One application publishes, another one of the same process hears it. */
import 'reflect-metadata';
import { type BusProvider, EventBus, EventType, Subscribe } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import { make } from './make.js';

@EventType({ name: 'runtimes.rang' })
class Rang {
  constructor(readonly note: string) {}
}

const [engine = '', options = ''] = process.argv.slice(2);
let hear: () => void = () => undefined;
const heard = new Promise<void>((resolve) => {
  hear = resolve;
});

@injectable()
class Listener {
  @Subscribe(Rang)
  listen(event: Rang) {
    console.log(`heard ${event.note}, ${event instanceof Rang ? 'an instance' : 'a plain object'}`);
    hear();
  }
}

async function open() {
  const container = new Container();
  container.register(
    events({
      bus: await make<BusProvider>(engine, 'Bus', options),
      onError: ({ message }) => console.log(message),
    }),
  );
  return container;
}

const [listener, publisher] = [await open(), await open()];
listener.bind(Listener).toSelf().inSingletonScope();
await start(listener, { onFailure: 'throw' });
await start(publisher);
await publisher.get(EventBus).publish(new Rang('c'));
await heard;
await stop(publisher);
await stop(listener);
console.log('stopped');
