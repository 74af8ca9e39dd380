import { describe, expect, it } from '@jest/globals';
import { Deferred, On, Once, ScopedEmitter, Subscribe } from 'carillon';
import { explain, openScope } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import { rootContainer } from '../support/container.js';

class Rang {}

@injectable()
class Bell {
  @On(Rang)
  hear() {}

  @Once('bell.rang')
  hearOnce() {}

  @Subscribe('bell.*')
  hearBus() {}

  @Deferred(Rang, { queue: 'slow' })
  work() {}
}

const reasonOf = (container: Container, service: new () => object = Bell) =>
  explain(container, service).handlers[0]?.notWired;

describe('explain', () => {
  it('tells of a singleton what each handler listens to, who owns it and why, and what ends it', () => {
    const { container } = rootContainer();
    container.bind('bell').to(Bell).inSingletonScope();
    const child = openScope(container, { name: 'request' });
    child.get('bell');

    expect(String(explain(child, Bell))).toBe(
      [
        'Bell, asked in scope "request"',
        '  bound as bell in "application", singleton, built',
        '  @On(Rang) hear',
        '    hears the emitter of "application"; owned by "application": its container binds it as the singleton bell; ended by unbind(bell), or the end of scope "application"',
        "  @Once('bell.rang') hearOnce",
        '    hears the emitter of "application"; owned by "application": its container binds it as the singleton bell; ended by its first event, or unbind(bell), or the end of scope "application"',
        "  @Subscribe('bell.*') hearBus",
        '    hears the bus; owned by "application": its container binds it as the singleton bell; ended by unbind(bell), or the end of scope "application"',
        '  @Deferred(Rang) work',
        '    hears queue "slow"; owned by "application": its container binds it as the singleton bell; ended by unbind(bell), or the end of scope "application"',
      ].join('\n'),
    );
  });

  it('tells of each transient that it belongs to the scope that was asked', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inTransientScope();
    const children = ['first', 'second'].map((name) => openScope(container, { name }));
    for (const child of children) child.get(Bell);

    const { bindings, handlers } = explain(container, Bell);

    expect(bindings).toEqual([
      { service: 'Bell', scope: 'Transient', owner: 'application', built: false },
    ]);
    expect(handlers[0]?.wired.map(({ owner, endedBy }) => [owner, endedBy])).toEqual([
      ['second', 'the end of scope "second"'],
      ['first', 'the end of scope "first"'],
    ]);
  });

  it('tells why a handler is not wired, and what to do', async () => {
    const { container } = rootContainer();
    const reasons = [reasonOf(container)];
    const binding = container.bind(Bell).toSelf().inSingletonScope();
    reasons.push(reasonOf(container));
    await container.unbind(Bell);
    container.bind(Bell).toSelf().inTransientScope();
    reasons.push(reasonOf(container));
    const ended = openScope(container, { name: 'ended' });
    ended[Symbol.dispose]();
    reasons.push(reasonOf(ended));
    new Container({ parent: container }).get(Bell);
    reasons.push(reasonOf(container));

    expect(binding).toBeDefined();
    expect(reasons.map((reason) => reason?.split('.')[0])).toEqual([
      'the class is not bound here or above',
      'the class is bound, but nobody has resolved it',
      'the class is bound as a transient, and no instance of an open scope is left',
      'scope "ended" has ended',
      'it was resolved from a plain child container',
    ]);
    expect(reasons.every((reason) => (reason?.split('. ')[1] ?? '') !== '')).toBe(true);
  });

  it('tells of a handler that was to run once, of one that was overridden, and of a class without any', () => {
    const { container } = rootContainer();
    @injectable()
    class Derived extends Bell {
      @On('other')
      override hear() {}
    }
    class Silent {}
    container.bind(Derived).toSelf().inSingletonScope();
    container.get(Derived);
    container.get(ScopedEmitter).emit('bell.rang', undefined);

    const { handlers } = explain(container, Derived);
    const notWired = handlers.filter((handler) => handler.notWired !== undefined);

    expect(
      notWired.map(({ decorator, method, notWired: reason }) => [
        decorator,
        method,
        reason?.slice(0, 12),
      ]),
    ).toEqual([
      ["@Once('bell.rang')", 'hearOnce', 'it has run, '],
      ['@On(Rang)', 'Bell.hear', 'a class belo'],
    ]);
    expect(explain(container, Silent).handlers).toEqual([]);
  });

  it('refuses what is no class, and a container without a scope', () => {
    const { container } = rootContainer();

    expect(() => explain(container, 'Bell' as never)).toThrow('CAR2006');
    expect(() => explain(new Container(), Bell)).toThrow('CAR2001');
  });
});
