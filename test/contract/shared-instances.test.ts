import { describe, expect, it, jest } from '@jest/globals';
import { EventBus, On, Scope, Subscribe } from 'carillon';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';

class Said {}
class Told {}

class User {
  heard = 0;
  told = 0;
  @On(Said)
  hear() {
    this.heard += 1;
  }
  @Subscribe(Told)
  tell() {
    this.told += 1;
  }
}

function emitAt(user: User, container: Container): number {
  user.heard = 0;
  scopeOf(container).emitter.emit(new Said());
  return user.heard;
}

async function publishTo(user: User, root: Container): Promise<number> {
  user.told = 0;
  await root.get(EventBus).publish(new Told());
  await settle();
  return user.told;
}

/** A root and two scopes that bind the same user. */
function connections() {
  const root = rootContainer().container;
  const user = new User();
  const [first, second] = [openScope(root), openScope(root)];
  for (const connection of [first, second]) {
    connection.bind(User).toConstantValue(user);
    connection.get(User);
  }
  return { root, user, first, second };
}

describe('an instance that several containers bind', () => {
  it('W13 hears the emitter of each, and the bus once', async () => {
    const { root, user, first, second } = connections();

    expect([emitAt(user, first), emitAt(user, second)]).toEqual([1, 1]);
    expect(await publishTo(user, root)).toBe(1);
  });

  it.each(['the first', 'the second'])(
    'W13 hears the bus as long as one of them is open: %s ends',
    async (which) => {
      for (const means of ['end', 'unbind'] as const) {
        const { root, user, first, second } = connections();
        const [ended, left] = which === 'the first' ? [first, second] : [second, first];

        if (means === 'end') await scopeOf(ended).disposeAsync();
        else await ended.unbind(User);

        expect(emitAt(user, left)).toBe(1);
        expect(await publishTo(user, root)).toBe(1);
        await scopeOf(left).disposeAsync();
        expect(await publishTo(user, root)).toBe(0);
      }
    },
  );

  it('W13 the bus goes on from scope to scope, and no further than the application', async () => {
    const { root, user, first, second } = connections();
    const third = openScope(root);
    third.bind(User).toConstantValue(user);
    third.get(User);

    await scopeOf(first).disposeAsync();
    await scopeOf(second).disposeAsync();
    const told = await publishTo(user, root);
    const { handlers } = await stop(root);

    expect({ told, handlers }).toEqual({ told: 1, handlers: 2 });
  });

  it('W13 L19 the order of resolution makes no difference', async () => {
    for (const order of ['root first', 'child first']) {
      const root = rootContainer().container;
      const user = new User();
      root.bind(User).toConstantValue(user);
      const child = openScope(root);
      child.bind('current user').toConstantValue(user);
      const ask = [() => root.get(User), () => child.get('current user')];
      for (const get of order === 'root first' ? ask : ask.reverse()) get();

      const before = [emitAt(user, root), emitAt(user, child)];
      await scopeOf(child).disposeAsync();

      expect({ order, before, emitAt: emitAt(user, root) }).toEqual({
        order: order,
        before: [1, 1],
        emitAt: 1,
      });
    }
  });

  it.each(['getAsync', 'start'])(
    'W13 a constant that is a promise is wired once it has settled, by %s',
    async (means) => {
      const root = rootContainer().container;
      const user = new User();
      root.bind(User).toConstantValue(Promise.resolve(user) as never);

      if (means === 'start') await start(root);
      else await root.getAsync(User);

      expect(emitAt(user, root)).toBe(1);
      await stop(root);
    },
  );

  it('W4 one class bound twice to one identifier is heard by the instance of each', () => {
    const root = rootContainer().container;
    root.bind('user').to(User).inSingletonScope();
    root
      .bind('user')
      .toDynamicValue(() => new User())
      .inTransientScope();

    const users = root.getAll<User>('user');
    scopeOf(root).emitter.emit(new Said());

    expect(users.map(({ heard }) => heard)).toEqual([1, 1]);
  });
});

describe('many scopes', () => {
  it.each(['a constant', 'a function'])(
    'L27 no other scope is looked at for what %s gives',
    async (kind) => {
      const { container } = rootContainer();
      for (let open = 0; open < 3; open += 1) openScope(container);
      const looked = jest.spyOn(Scope.prototype, 'tree');
      const request = openScope(container);
      if (kind === 'a constant') request.bind(User).toConstantValue(new User());
      else request.bind(User).toDynamicValue(() => new User());

      const user = request.get(User);
      const heard = emitAt(user, request);
      await scopeOf(request).disposeAsync();

      const calls = looked.mock.calls.length;
      looked.mockRestore();
      expect({ heard, calls }).toEqual({ heard: 1, calls: 0 });
    },
  );

  it('L27 scopes may nest deeper than calls', async () => {
    const { container } = rootContainer();
    const top = scopeOf(container);
    const { runtime } = top as unknown as { runtime: never };
    let scope = top;
    for (let depth = 0; depth < 20_000; depth += 1) scope = new Scope(runtime, {}, scope);
    const { length } = scope.path.split('/');

    await top.disposeAsync();

    expect({ length, state: scope.state }).toEqual({ length: 20_001, state: 'ended' });
  });
});
