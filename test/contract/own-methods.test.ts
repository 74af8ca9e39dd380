/** W15: an event calls the method that the container's own answer has. */
import { describe, expect, it, jest } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  EventBus,
  EventQueue,
  EventType,
  Listener,
  On,
  Once,
  ScopedEmitter,
  Subscribe,
  sleep,
} from 'carillon';
import { explain, openScope, scopeOf } from 'carillon/inversify';
import { type Container, injectable } from 'inversify';
import { rootContainer } from '../support/container.js';

@EventType({ name: 'own-methods.rang' })
class Rang {
  readonly by = 'rope';
}

@injectable()
class Bell {
  readonly calls: string[] = [];

  @On(Rang)
  hear(_event: Rang) {
    this.calls.push('hear');
  }

  @Subscribe(Rang)
  async hearBus(_event: Rang) {
    this.calls.push('hearBus');
  }

  @Deferred(Rang)
  work(_event: Rang) {
    this.calls.push('work');
  }

  @On(Rang)
  hearAll(_event: Rang, delivery: Delivery) {
    this.calls.push(`hearAll ${delivery.event}`);
  }

  @Once(Rang)
  hearOnce(_event: Rang) {
    this.calls.push('hearOnce');
  }
}

const METHODS = ['hear', 'hearBus', 'work', 'hearAll', 'hearOnce'] as const;

/** Reaches every handler of a bell. */
async function ring(container: Container): Promise<void> {
  container.get(ScopedEmitter).emit(new Rang());
  await container.get(EventBus).publish(new Rang());
  await container.get(EventQueue).defer(new Rang());
  await container.get(EventQueue).process().settled;
}

const queues = { default: { processing: 'manual' } } as const;

/** Notes which methods are asked of it, and calls them. */
function noting<T extends object>(instance: T, asked: unknown[]): T {
  return new Proxy(instance, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return function (this: T, ...args: unknown[]) {
        asked.push([name, args.length]);
        return Reflect.apply(value, this, args);
      };
    },
  });
}

describe('the method that an event calls', () => {
  it('W15 is that of a proxy that an activation has put in the place of the instance', async () => {
    const { container } = rootContainer({ queues });
    const asked: unknown[] = [];
    container
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, bell) => noting(bell, asked));
    const { calls } = container.get(Bell);

    await ring(container);

    expect(asked).toEqual([
      ['hear', 1],
      ['hearAll', 2],
      ['hearOnce', 1],
      ['hearBus', 1],
      ['work', 1],
    ]);
    expect(calls).toEqual(['hear', 'hearAll Rang', 'hearOnce', 'hearBus', 'work']);
  });

  it('W15 is that of a wrapper which inherits from the instance', async () => {
    const { container } = rootContainer({ queues });
    const calls: string[] = [];
    container
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, bell) =>
        Object.assign(Object.create(bell) as Bell, { hear: () => void calls.push('wrapper') }),
      );
    const bell = container.get(Bell);

    await ring(container);

    expect(calls).toEqual(['wrapper']);
    expect(bell.calls).toEqual(['hearAll Rang', 'hearOnce', 'hearBus', 'work']);
  });

  it.each(['its constructor', 'an activation', 'a constant'])(
    'W15 is one that was replaced on the instance by %s, and of no other instance',
    async (where) => {
      const { container } = rootContainer({ queues });
      const calls: string[] = [];
      const replace = (bell: Bell) =>
        Object.assign(
          bell,
          Object.fromEntries(METHODS.map((method) => [method, () => void calls.push(method)])),
        );
      @injectable()
      class Own extends Bell {
        constructor() {
          super();
          if (where === 'its constructor') replace(this);
        }
      }
      const child = openScope(container);
      const plain = new Bell();
      child.bind('plain').toConstantValue(plain);
      child.get('plain');
      if (where === 'a constant') container.bind('bell').toConstantValue(replace(new Bell()));
      else if (where === 'an activation')
        container
          .bind('bell')
          .to(Bell)
          .inSingletonScope()
          .onActivation((_, bell) => replace(bell as Bell));
      else container.bind('bell').to(Own).inSingletonScope();
      const bell = container.get<Bell>('bell');

      await ring(container);
      scopeOf(child).emitter.emit(new Rang());

      expect([bell.calls, calls.sort()]).toEqual([[], [...METHODS].sort()]);
      expect(plain.calls).toEqual(
        expect.arrayContaining(['hear', 'hearAll Rang', 'hearOnce', 'hearBus']),
      );
    },
  );

  it('W15 is explained like any other', () => {
    const { container } = rootContainer();
    container
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, bell) => noting(bell, []));
    container.get(Bell);

    const { handlers } = explain(container, Bell);

    expect(handlers.map(({ wired }) => wired.length)).toEqual(METHODS.map(() => 1));
  });

  it('W15 is that of its class where the instance has no such method', () => {
    const { container } = rootContainer();
    container
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, bell) => Object.assign(bell, { hear: undefined }));
    const bell = container.get(Bell);

    container.get(ScopedEmitter).emit(new Rang());

    expect(bell.calls).toContain('hear');
  });

  it('W15 is the one that it was when it was wired, whatever is set later', () => {
    const { container } = rootContainer();
    container.bind(Bell).toSelf().inSingletonScope();
    const bell = container.get(Bell);
    const spy = jest.spyOn(bell, 'hear');

    container.get(ScopedEmitter).emit(new Rang());

    expect(spy).not.toHaveBeenCalled();
    expect(bell.calls).toContain('hear');
  });

  it('W15 is that of what the container gives where a class is built for each event', async () => {
    const { container } = rootContainer();
    const asked: unknown[] = [];
    @Listener({ activation: 'event' })
    @injectable()
    class Clerk {
      // Named like a method of what stands for the instance.
      @On(Rang)
      open(_event: Rang) {}
    }
    container
      .bind(Clerk)
      .toSelf()
      .onActivation((_, clerk) => noting(clerk, asked));

    container.get(ScopedEmitter).emit(new Rang());

    expect(asked).toEqual([['open', 1]]);
  });
});

describe('lateBinding', () => {
  it('W15 calls spies that are set later, with what the handler takes, until they are restored', async () => {
    const { container } = rootContainer({ queues, lateBinding: true });
    container.bind(Bell).toSelf().inSingletonScope();
    const bell = container.get(Bell);
    const spies = METHODS.map((method) =>
      jest.spyOn(bell, method).mockReturnValue(undefined as never),
    );

    await ring(container);
    const sent = spies.map(({ mock }) => mock.calls.map((args) => args.length));
    for (const spy of spies) spy.mockRestore();
    await ring(container);

    expect(sent).toEqual([[1], [1], [1], [2], [1]]);
    expect(bell.calls).toEqual(['hear', 'hearAll Rang', 'hearBus', 'work']);
  });

  it('W15 calls spies of the class as well', () => {
    const { container } = rootContainer({ lateBinding: true });
    container.bind(Bell).toSelf().inSingletonScope();
    container.get(Bell);
    const spy = jest.spyOn(Bell.prototype, 'hear');
    try {
      container.get(ScopedEmitter).emit(new Rang());

      expect(spy).toHaveBeenCalledTimes(1);
    } finally {
      spy.mockRestore();
    }
  });

  it('W15 runs a generator as a task, and a spy in its place as what it is', async () => {
    const { container, clock, errors } = rootContainer({ lateBinding: true });
    const steps: string[] = [];
    @injectable()
    class Ringer {
      @On(Rang)
      *ring() {
        steps.push('begin');
        yield* sleep(10);
        steps.push('end');
      }
    }
    container.bind(Ringer).toSelf().inSingletonScope();
    const ringer = container.get(Ringer);
    const emitter = container.get(ScopedEmitter);

    emitter.emit(new Rang());
    await clock.advance(10);
    const spy = jest.spyOn(ringer, 'ring').mockImplementation((() => steps.push('spy')) as never);
    const [answer] = await emitter.emitAsync(new Rang());

    expect(spy).toHaveBeenCalledTimes(1);
    expect(steps).toEqual(['begin', 'end', 'spy']);
    expect({ answer, errors }).toEqual({ answer: 3, errors: [] });
  });
});
