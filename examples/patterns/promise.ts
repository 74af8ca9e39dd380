/** An event as a promise: settled once, kept for whoever comes late; or failed, with a reason. */
import 'reflect-metadata';
import { On, ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

class AppReady {
  constructor(readonly port: number) {}
}

class SearchReady {}

@injectable()
class LateComer {
  @On(AppReady)
  begin({ port }: AppReady) {
    console.log(`late comer: ready on port ${port}`);
  }
}

const container = new Container();
container.register(events());
container.bind(LateComer).toSelf().inSingletonScope();
const emitter = container.get(ScopedEmitter);

const early = emitter.once(AppReady);
emitter.settle(new AppReady(8080));
console.log(`early waiter: port ${(await early).port}`);
container.get(LateComer);
console.log(`late waiter: port ${(await emitter.once(AppReady)).port}`);
try {
  emitter.settle(new AppReady(9090));
} catch (error) {
  console.log((error as Error).message);
}

emitter.fail(SearchReady, new Error('no index'));
await emitter.once(SearchReady).catch((error: Error) => console.log(`search: ${error.message}`));
