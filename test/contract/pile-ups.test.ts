import { describe, expect, it, jest } from '@jest/globals';
import { type CarillonError, Listener, On, Once, type Scope, Subscribe } from 'carillon';
import { events, openScope, scopeOf } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import { rootContainer } from '../support/container.js';

class Rang {}

@injectable()
class Controller {
  @On(Rang)
  hear() {}
}

function getOften(container: Container, count: number, service = 'controller'): void {
  for (let index = 0; index < count; index += 1) container.get(service);
}

/** What each report says of how many there are, and where. */
function piles(errors: readonly CarillonError[]): readonly string[] {
  return errors.map(({ code, message }) => {
    const [, className, handlers, instances, path] =
      /(\w+) has (\d+) live handlers of (\d+) instances in scope "([^"]*)"/.exec(message) ?? [];
    return `${code} ${className} ${handlers}/${instances} ${path}`;
  });
}

function controllers(options: Parameters<typeof rootContainer>[0] = {}) {
  const fixture = rootContainer({ name: 'shop', ...options });
  fixture.container.bind('controller').to(Controller).inTransientScope();
  return fixture;
}

describe('handlers that pile up', () => {
  it('W17 are reported when one class has more than the limit in one scope, and then each time that they have doubled', () => {
    const { container, errors } = controllers();

    getOften(container, 100);
    const before = [...errors];
    getOften(container, 4900);

    expect(before).toEqual([]);
    expect(piles(errors)).toEqual(
      [101, 201, 401, 801, 1601, 3201].map((count) => `CAR3012 Controller ${count}/${count} shop`),
    );
    expect(scopeOf(container).emitter.listenerCount(Rang)).toBe(5000);
  });

  it('W17 are reported with who asked for the latest', () => {
    const { container, errors } = controllers({ pileUpLimit: 3 });
    function handleRequest() {
      getOften(container, 1);
    }

    for (let request = 0; request < 4; request += 1) handleRequest();

    const { cause } = errors[0] as { cause: Error };
    expect(cause.message).toContain('Controller');
    expect(cause.stack).toContain('handleRequest');
    expect(cause.stack).not.toContain('node_modules');
  });

  it('W17 are counted by class and by scope: many of each that are few together are none', () => {
    const { container, errors } = controllers({ pileUpLimit: 10 });
    const services = Array.from({ length: 8 }, (_, index) => `controller ${index}`);
    for (const service of services) {
      @injectable()
      class Other extends Controller {}
      container.bind(service).to(Other).inTransientScope();
    }

    for (const service of services) getOften(container, 10, service);
    for (let request = 0; request < 8; request += 1) getOften(openScope(container), 10);
    expect(errors).toEqual([]);
    getOften(container, 1, 'controller 3');
    getOften(openScope(container, { name: 'request' }), 11);

    expect(piles(errors)).toEqual([
      'CAR3012 Other 11/11 shop',
      'CAR3012 Controller 11/11 shop/request',
    ]);
  });

  it('W17 counts each handler of an instance, of every kind, and no single instance', () => {
    const { container, errors } = rootContainer({ pileUpLimit: 6 });
    @injectable()
    class Clerk {
      @On(Rang)
      hear() {}
      @Subscribe(Rang)
      receive() {}
      @On('closed')
      close() {}
    }
    @injectable()
    class Ledger {
      @On('a')
      a() {}
      @On('b')
      b() {}
      @On('c')
      c() {}
      @On('d')
      d() {}
      @On('e')
      e() {}
      @On('f')
      f() {}
      @On('g')
      g() {}
    }
    container.bind('clerk').to(Clerk).inTransientScope();
    container.bind('ledger').to(Ledger).inTransientScope();

    getOften(container, 1, 'ledger');
    getOften(container, 2, 'clerk');
    expect(errors).toEqual([]);
    getOften(container, 1, 'clerk');
    getOften(container, 1, 'ledger');

    expect(piles(errors)).toEqual([
      'CAR3012 Clerk 9/3 application',
      'CAR3012 Ledger 14/2 application',
    ]);
  });

  it('W17 counts those that are alive: not what was removed, and not what has ended by itself', async () => {
    const { container, errors } = rootContainer({ pileUpLimit: 5 });
    @injectable()
    class Patient {
      @Once(Rang)
      hear() {}
    }
    container.bind('patient').to(Patient).inTransientScope();
    for (let round = 0; round < 30; round += 1) {
      container.bind(Controller).toSelf().inSingletonScope();
      container.get(Controller);
      await container.unbind(Controller);
      getOften(container, 1, 'patient');
      scopeOf(container).emitter.emit(new Rang());
    }
    expect(errors).toEqual([]);

    getOften(container, 6, 'patient');

    expect(piles(errors)).toEqual(['CAR3012 Patient 6/6 application']);
  });

  it('W17 the handlers of ten thousand that are meant are reported at the limit and at doublings, or not at all', () => {
    const reports = [undefined, 5000, 10_000, Number.POSITIVE_INFINITY].map((pileUpLimit) => {
      const { container, errors } = controllers(pileUpLimit === undefined ? {} : { pileUpLimit });
      const scene = openScope(container, { name: 'scene' });
      getOften(scene, 10_000);
      return errors.length;
    });

    expect(reports).toEqual([7, 1, 0, 0]);
  });

  it('W17 a constant of each open scope, and a class per event, are no pile', () => {
    const { container, errors } = rootContainer({ pileUpLimit: 2 });
    const user = new Controller();
    @Listener({ activation: 'event' })
    @injectable()
    class PerEvent {
      @On(Rang)
      hear() {}
    }
    container.bind(PerEvent).toSelf();
    for (let request = 0; request < 10; request += 1) {
      const scope = openScope(container);
      scope.bind('user').toConstantValue(user);
      scope.get('user');
      scopeOf(container).emitter.emit(new Rang());
    }

    expect(errors).toEqual([]);
  });

  it('W17 are reported for each scope anew', async () => {
    const { container, errors } = controllers({ pileUpLimit: 3 });
    for (let round = 0; round < 2; round += 1) {
      const scene = openScope(container, { name: 'scene' });
      getOften(scene, 4);
      await scopeOf(scene).disposeAsync();
    }

    expect(piles(errors)).toEqual([
      'CAR3012 Controller 4/4 shop/scene',
      'CAR3012 Controller 4/4 shop/scene',
    ]);
  });

  it('W17 CAR7004 refuses a limit that is none', () => {
    for (const pileUpLimit of [0, -1, 1.5, Number.NaN, '100'])
      expect(() => new Container().register(events({ pileUpLimit: pileUpLimit as never }))).toThrow(
        'CAR7004',
      );
  });

  it('W17 L27 cost nothing while no class of a scope can have so many, and no look at all the others while it stays at the limit', async () => {
    const { container } = controllers();
    const scopes = Array.from({ length: 3 }, () => openScope(container));
    for (const scope of scopes) getOften(scope, 99);
    const [busy = container] = scopes;
    const inside = scopeOf(busy) as Inside;
    const before = scopes.map((scope) => (scopeOf(scope) as Inside).piles);
    busy.bind(Other).toSelf();
    for (let index = 0; index < 3; index += 1) busy.get(Other);
    const looks = jest.spyOn(inside.instances, 'values');

    for (let round = 0; round < 50; round += 1) {
      busy.bind(Controller).toSelf().inSingletonScope();
      busy.get(Controller);
      await busy.unbind(Controller);
    }

    expect(before).toEqual([undefined, undefined, undefined]);
    expect(looks).not.toHaveBeenCalled();
  });
});

@injectable()
class Other extends Controller {}

type Inside = Scope & { readonly piles?: unknown; readonly instances: Map<object, unknown> };
