/**
 * A queue on an engine: `queue.js defer|process ENGINE OPTIONS`. One process stores messages and ends, the next one handles them. The
 * first attempt of one of them fails.
 */
import 'reflect-metadata';
import { Deferred, type Delivery, EventQueue, EventType, type QueueProvider } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import { make } from './make.js';

@EventType({ name: 'runtimes.rang' })
class Rang {
  constructor(readonly note: string) {}
}

const NOTES = ['c', 'd', 'e'];

const [role = '', engine = '', options = ''] = process.argv.slice(2);
const done: string[] = [];
let finish: () => void = () => undefined;
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});

@injectable()
class Ringer {
  @Deferred(Rang, { queue: 'bells', id: 'ringer', attempts: 2, backoff: 0 })
  async ring(event: Rang, { message }: Delivery) {
    const attempt = message?.attempt;
    if (event.note === 'd' && attempt === 1) throw new Error('the clapper is stuck');
    done.push(`${event.note}, attempt ${attempt}, ${event instanceof Rang ? 'Rang' : 'an object'}`);
    if (done.length === NOTES.length) finish();
  }
}

const container = new Container();
container.register(
  events({
    queues: { bells: { provider: await make<QueueProvider>(engine, 'Queue', options) } },
    onError: ({ code, message }) => console.log(code === 'CAR4001' ? code : message),
  }),
);
if (role === 'process') container.bind(Ringer).toSelf().inSingletonScope();
await start(container, { onFailure: 'throw' });

const queue = container.get(EventQueue);
if (role === 'process') await finished;
else await queue.deferAll(NOTES.map((note) => [new Rang(note), { queue: 'bells' }]));
await stop(container);
// Engines differ in whether others pass a message that is tried again.
for (const line of done.sort()) console.log(line);
console.log('stopped');
