/** A coroutine: a handler that goes on over time, reads from top to bottom, and ends with its scope. */
import 'reflect-metadata';
import { manualClock, On, race, ScopedEmitter, sleep, until } from 'carillon';
import { events, openScope } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

class Spawned {
  constructor(readonly name: string) {}
}

class Damaged {
  constructor(readonly name: string) {}
}

@injectable()
class Guard {
  @On(Spawned)
  *patrol({ name }: Spawned) {
    try {
      for (;;) {
        console.log(`${clock.now()}: ${name} turns round`);
        const { key } = yield* race({
          hit: until(Damaged, (event) => event.name === name),
          calm: sleep('2s'),
        });
        if (key === 'hit') console.log(`${clock.now()}: ${name} is hit`);
      }
    } finally {
      console.log(`${clock.now()}: ${name} puts the lantern out`);
    }
  }
}

const clock = manualClock();
const container = new Container();
container.register(events({ clock }));
container.bind(Guard).toSelf().inTransientScope();

const scene = openScope(container, { name: 'scene' });
scene.get(Guard);
const emitter = scene.get(ScopedEmitter);
emitter.emit(new Spawned('Ann'));
clock.tick(2000);
clock.tick(500);
emitter.emit(new Damaged('Bob'));
emitter.emit(new Damaged('Ann'));
scene[Symbol.dispose]();
clock.tick(10_000);
