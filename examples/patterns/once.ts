/** Once: the first time only, also where the handler itself sends the event again; and as a promise of the next one. */
import 'reflect-metadata';
import { Once, ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container, inject, injectable } from 'inversify';

class Opened {
  constructor(readonly door: string) {}
}

@injectable()
class Alarm {
  constructor(@inject(ScopedEmitter) private readonly emitter: ScopedEmitter) {}

  @Once(Opened)
  ring({ door }: Opened) {
    console.log(`alarm: ${door}`);
    this.emitter.emit(new Opened('the door to the alarm'));
  }
}

const container = new Container();
container.register(events());
container.bind(Alarm).toSelf().inSingletonScope();
container.get(Alarm);
const emitter = container.get(ScopedEmitter);

emitter.emit(new Opened('front door'));
emitter.emit(new Opened('back door'));

const next = emitter.once(Opened);
emitter.emit(new Opened('cellar'));
emitter.emit(new Opened('attic'));
console.log(`next was: ${(await next).door}`);
console.log(`${emitter.listenerCount(Opened)} handlers left`);
