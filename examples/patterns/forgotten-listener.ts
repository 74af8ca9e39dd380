/** The trap of the forgotten listener: what is added for each request and taken back for none. */
import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { On, Subscribe } from 'carillon';
import { census, events, openScope } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

const bell = new EventEmitter();
bell.setMaxListeners(0);

function handleForgetfully() {
  bell.on('rang', () => {
    // What it does makes no difference: the emitter keeps it.
  });
}

@injectable()
class Request {
  @On('pattern.rang')
  hear() {
    // The scope takes it back,
  }

  @Subscribe('pattern.config.changed')
  reload() {
    // and the bus, which lives as long as the application, lets go of it as well.
  }
}

for (let count = 0; count < 1000; count += 1) handleForgetfully();
console.log(`node:events after 1000 requests: ${bell.listenerCount('rang')} listeners`);

const container = new Container();
container.register(events());
container.bind(Request).toSelf().inTransientScope();
for (let count = 0; count < 1000; count += 1) {
  await using scope = openScope(container, { name: `request ${count}` });
  scope.get(Request);
  if (count === 999)
    console.log(
      `carillon during the last of 1000 requests: ${census(container).handlers} handlers`,
    );
}
console.log(`carillon after 1000 requests: ${census(container).handlers} handlers`);
