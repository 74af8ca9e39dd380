/** A queue: what is found in one phase is worked off in another, first in first out, when the program says so. */
import 'reflect-metadata';
import { Deferred, EventQueue } from 'carillon';
import { events, stop } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

class Collided {
  constructor(
    readonly one: string,
    readonly other: string,
  ) {}
}

@injectable()
class Sounds {
  @Deferred(Collided, { queue: 'physics' })
  play({ one, other }: Collided) {
    console.log(`clang: ${one} against ${other}`);
  }
}

const container = new Container();
container.register(events({ queues: { physics: { processing: 'manual' } } }));
container.bind(Sounds).toSelf().inSingletonScope();
container.get(Sounds);
const queue = container.get(EventQueue);

console.log('the step begins');
await queue.defer(new Collided('clapper', 'bell'));
await queue.defer(new Collided('bell', 'beam'));
console.log(`the step ends with ${queue.size('physics')} messages waiting`);
const { handled, remaining } = queue.process('physics');
console.log(`${handled} worked off, ${remaining} waiting`);
await stop(container);
