/** Events of a request: its scope records them, so that a later phase reads what an earlier one found. */
import 'reflect-metadata';
import { On, ScopedEmitter } from 'carillon';
import { events, openScope } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

class Authenticated {
  constructor(readonly user: string) {}
}

class LimitReached {
  constructor(readonly left: number) {}
}

/** Built last; hears from the beginning. */
@injectable()
class AccessLog {
  @On(Authenticated, { replay: true })
  user({ user }: Authenticated) {
    console.log(`log: by ${user}`);
  }

  @On(LimitReached, { replay: true })
  limit({ left }: LimitReached) {
    console.log(`log: ${left} requests left`);
  }
}

const container = new Container();
container.register(events());
container.bind(AccessLog).toSelf().inTransientScope();

{
  await using request = openScope(container, { name: 'request', record: true });
  const emitter = request.get(ScopedEmitter);

  emitter.emit(new Authenticated('ann'));
  emitter.emit(new LimitReached(2));

  const [found] = emitter.history(Authenticated);
  console.log(`content for ${found?.user}`);

  request.get(AccessLog);
}

{
  await using request = openScope(container, { name: 'another request', record: true });
  console.log(
    `another request knows of ${request.get(ScopedEmitter).history(Authenticated).length} users`,
  );
}
