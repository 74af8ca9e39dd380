import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  defineEvent,
  EventQueue,
  Events,
  Listener,
  On,
  Once,
  ScopedEmitter,
  Subscribe,
  settled,
} from 'carillon';
import { census, explain, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { ContainerModule, inject, injectable, preDestroy } from 'inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

const Published = defineEvent<string>('published');
const Queued = defineEvent<string>('queued');

class Ordered {
  constructor(readonly id: string) {}
}

const log: unknown[] = [];

@injectable()
class Work {
  static count = 0;
  readonly id = ++Work.count;

  @preDestroy()
  end() {
    log.push(`work ${this.id} ended`);
  }
}

@Listener({ activation: 'event' })
@injectable()
class Billing {
  constructor(@inject(Work) readonly work: Work) {
    log.push(`built with work ${work.id}`);
  }

  @On(Ordered)
  hear({ id }: Ordered) {
    log.push(`heard ${id} with work ${this.work.id}`);
  }
}

function shop(options: Parameters<typeof rootContainer>[0] = {}) {
  log.length = 0;
  Work.count = 0;
  return rootContainer({
    onOpen: (scope) => void scope.bind(Work).toSelf().inSingletonScope(),
    ...options,
  });
}

describe('a class that is activated per event', () => {
  it('W10 is built for each event with dependencies of its own, which end when it is done', () => {
    const { container, errors } = shop();
    container.bind(Billing).toSelf().inSingletonScope();
    const emitter = container.get(ScopedEmitter);
    log.push('bound');

    emitter.emit(new Ordered('a'));
    emitter.emit(new Ordered('b'));

    expect(log).toEqual([
      'bound',
      'built with work 1',
      'heard a with work 1',
      'work 1 ended',
      'built with work 2',
      'heard b with work 2',
      'work 2 ended',
    ]);
    expect(errors).toEqual([]);
    expect(census(container)).toMatchObject({ scopes: 1, handlers: 1, inFlight: 0 });
  });

  it('W10 is not built by start(), and does not hear as the instance that somebody resolves', async () => {
    const { container } = shop();
    container.bind(Work).toSelf().inTransientScope();
    container.bind(Billing).toSelf().inSingletonScope();
    const { built } = await start(container);
    const resolved = container.get(Billing);
    log.length = 0;

    container.get(ScopedEmitter).emit(new Ordered('a'));

    expect(built).toEqual([]);
    expect(log).not.toContain(`heard a with work ${resolved.work.id}`);
    expect(log.filter((line) => String(line).startsWith('heard'))).toHaveLength(1);
  });

  it('W10 opens a scope that is named after the class and the event, and tells the handler', () => {
    const { container } = shop();
    const seen: unknown[] = [];
    @Listener({ activation: 'event' })
    class Observer {
      @On(Ordered)
      hear(_: Ordered, delivery: Delivery) {
        seen.push(
          delivery.scope,
          scopeOf(container).children.map(({ name }) => name),
        );
      }
    }
    container.bind(Observer).toSelf();

    container.get(ScopedEmitter).emit(new Ordered('a'));

    expect(seen).toEqual(['application/Observer Ordered', ['Observer Ordered']]);
  });

  it.each(['publish', 'defer'] as const)('W10 takes what is sent with %s()', async (verb) => {
    const { container, errors, clock } = shop();
    const heard: string[] = [];
    @Listener({ activation: 'event' })
    @injectable()
    class Clerk {
      constructor(@inject(Work) readonly work: Work) {}
      @Subscribe(Published)
      async file(id: string) {
        await settle();
        heard.push(`filed ${id} with ${this.work.id}`);
      }
      @Deferred(Queued)
      async mail(id: string) {
        await settle();
        heard.push(`mailed ${id} with ${this.work.id}`);
      }
    }
    container.bind(Clerk).toSelf();
    await start(container);
    const events = container.get(Events);

    for (const id of ['a', 'b']) {
      if (verb === 'publish') await events.publish(Published, id);
      else await events.defer(Queued, id);
    }
    await clock.advance(0);
    await stop(container);

    const done = verb === 'publish' ? 'filed' : 'mailed';
    expect(heard).toEqual([`${done} a with 1`, `${done} b with 2`]);
    expect(log.filter((line) => String(line).endsWith('ended'))).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it('W10 ends the scope when the handler fails, at once or later, or when the class cannot be built', async () => {
    const { container, errors } = shop();
    @Listener({ activation: 'event' })
    @injectable()
    class Failures {
      constructor(@inject(Work) readonly work: Work) {}
      @On('now')
      now() {
        throw new Error('now');
      }
      @On('later')
      async later() {
        await settle();
        throw new Error('later');
      }
    }
    @Listener({ activation: 'event' })
    @injectable()
    class Unbuildable {
      constructor(@inject(Work) _: Work) {
        throw new Error('unbuildable');
      }
      @On('unbuilt')
      hear() {}
    }
    container.bind(Failures).toSelf();
    container.bind(Unbuildable).toSelf();
    const emitter = container.get(ScopedEmitter);

    for (const topic of ['now', 'later', 'unbuilt']) emitter.emit(topic, undefined as never);
    await settle();
    await settle();

    expect(errors.map(({ cause }) => (cause as Error).message).sort()).toEqual([
      'later',
      'now',
      'unbuildable',
    ]);
    expect(scopeOf(container).children).toEqual([]);
    expect(log.filter((line) => String(line).endsWith('ended'))).toHaveLength(3);
  });

  it('W10 keeps the scope until an asynchronous handler has settled', async () => {
    const { container } = shop();
    const door = gate();
    @Listener({ activation: 'event' })
    @injectable()
    class Slow {
      constructor(@inject(Work) readonly work: Work) {}
      @On(Ordered)
      async hear() {
        await door.promise;
        log.push('done');
      }
    }
    container.bind(Slow).toSelf();

    const emitted = container.get(ScopedEmitter).emitAsync(new Ordered('a'));
    await settle();
    const during = scopeOf(container).children.length;
    door.open();
    await emitted;

    expect(during).toBe(1);
    expect(log).toEqual(['done', 'work 1 ended']);
    expect(scopeOf(container).children).toEqual([]);
  });

  it('W10 builds asynchronously what has to be, and fills the scope so', async () => {
    const { container, errors } = shop({
      onOpen: async (scope, delivery) => {
        await settle();
        scope
          .bind('trace')
          .toConstantValue(`${delivery.handler} ${(delivery.payload as Ordered).id}`);
      },
    });
    container
      .bind('later')
      .toDynamicValue(async () => 'later')
      .inTransientScope();
    @Listener({ activation: 'event' })
    @injectable()
    class Traced {
      constructor(
        @inject('trace') readonly trace: string,
        @inject('later') readonly later: string,
      ) {}
      @On(Ordered)
      hear() {
        return [this.trace, this.later];
      }
    }
    container.bind(Traced).toSelf();

    const values = await container.get(ScopedEmitter).emitAsync(new Ordered('a'));

    expect(values).toEqual([['Traced.hear a', 'later']]);
    expect(errors).toEqual([]);
  });

  it('W4 W10 makes no difference how the class is bound', () => {
    const { container, errors } = shop();
    container.bind(Work).toSelf().inTransientScope();
    container.load(new ContainerModule(({ bind }) => void bind('module').to(Billing)));
    container.bind('dynamic').toDynamicValue(() => 'no class that is known');
    container
      .bind(Billing)
      .toDynamicValue((context) => new Billing(context.get(Work)))
      .inRequestScope();
    container.bind('named').to(Billing).inSingletonScope().whenNamed('one');
    container.bind('alias').toService(Billing);

    container.get(ScopedEmitter).emit(new Ordered('a'));

    expect(log.filter((line) => String(line).startsWith('heard'))).toHaveLength(3);
    expect(errors).toEqual([]);
  });

  it('L7 W10 ends with its binding, with a snapshot that has it not, and with the container', async () => {
    const { container } = shop();
    const emitter = () => container.get(ScopedEmitter);
    const heard = () => {
      log.length = 0;
      emitter().emit(new Ordered('a'));
      return log.filter((line) => String(line).startsWith('heard')).length;
    };
    container.snapshot();
    container.bind(Billing).toSelf();
    const counts = [heard()];
    await container.unbind(Billing);
    counts.push(heard());
    container.bind(Billing).toSelf();
    counts.push(heard());
    container.restore();
    counts.push(heard());
    container.bind(Billing).toSelf();
    container.snapshot();
    container.restore();
    counts.push(heard());
    await container.unbindAll();
    counts.push(heard());

    expect(counts).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it('W10 belongs to the scope whose container binds it', () => {
    const { container } = shop();
    const child = openScope(container, { name: 'request' });
    child.bind(Billing).toSelf();

    container.get(ScopedEmitter).emit(new Ordered('root'));
    child.get(ScopedEmitter).emit(new Ordered('request'));
    child[Symbol.dispose]();

    expect(log).toEqual(['built with work 1', 'heard request with work 1', 'work 1 ended']);
    expect(census(container)).toMatchObject({ scopes: 1, handlers: 0 });
  });

  it('L1 W10 calls no handler whose owner has ended while the class was built', async () => {
    const { container, clock } = shop({ drain: 1000 });
    const door = gate<string>();
    let heard = 0;
    container
      .bind('slow')
      .toDynamicValue(() => door.promise)
      .inTransientScope();
    @Listener({ activation: 'event' })
    @injectable()
    class Late {
      constructor(@inject('slow') readonly slow: string) {}
      @Deferred(Queued)
      work() {
        heard += 1;
      }
    }
    container.bind(Late).toSelf();
    await start(container);
    await container.get(EventQueue).defer(Queued, 'job');
    await clock.advance(0);
    const { inFlight } = census(container);

    const ended = scopeOf(container).disposeAsync();
    door.open('built');
    await ended;

    expect({ inFlight, heard }).toEqual({ inFlight: 1, heard: 0 });
  });

  it('W6 W10 runs the activations and deactivations of users', () => {
    const { container } = shop();
    container
      .bind(Billing)
      .toSelf()
      .inSingletonScope()
      .onActivation((_, billing) => {
        log.push('activated');
        return billing;
      });
    container.onDeactivation(Billing, () => void log.push('deactivated'));
    container.onActivation(Billing, (_, billing) => {
      log.push('activated by the container');
      return billing;
    });

    container.get(ScopedEmitter).emit(new Ordered('a'));

    expect(log).toEqual([
      'built with work 1',
      'activated',
      'activated by the container',
      'heard a with work 1',
      'deactivated',
      'work 1 ended',
    ]);
  });

  it('W10 runs a generator as a task whose scope lasts as long', async () => {
    const { container, errors, clock } = shop();
    const door = gate();
    @Listener({ activation: 'event' })
    @injectable()
    class Tasks {
      constructor(@inject(Work) readonly work: Work) {}
      @On(Ordered)
      *hear() {
        yield* settled(door.promise);
        log.push(`task of ${this.work.id} done`);
      }
    }
    container.bind(Tasks).toSelf();

    container.get(ScopedEmitter).emit(new Ordered('a'));
    await settle();
    const during = [...log];
    door.open();
    await clock.advance(0);

    expect({ during, log, errors }).toEqual({
      during: [],
      log: ['task of 1 done', 'work 1 ended'],
      errors: [],
    });
  });

  it('W10 is explained', async () => {
    const { container } = shop();
    container.bind(Billing).toSelf();

    const [handler] = explain(container, Billing).handlers;
    await stop(container);

    expect(handler?.wired).toEqual([
      {
        source: 'the emitter of "application"',
        owner: 'application',
        because: 'its container binds it as Billing, and builds it for each event',
        endedBy: 'unbind(Billing), or the end of scope "application"',
      },
    ]);
  });

  it('W10 is inherited, and refuses a handler that needs an instance which stays when the class is bound', () => {
    const { container } = shop();
    @Listener({ activation: 'event' })
    class Base {
      @On('base')
      base() {}
    }
    class Ringer extends Base {
      @On('rang')
      ring() {}
    }
    class Waiter extends Base {
      @Once('rang')
      ring() {}
    }
    container.bind(Ringer).toSelf();

    expect(() => container.bind(Waiter).toSelf()).toThrow(
      expect.objectContaining({ code: 'CAR2007', message: expect.stringContaining('Waiter') }),
    );
    expect(container.get(ScopedEmitter).handlers('base')).toEqual(['Ringer.base']);
  });

  it('CAR2007 refuses what is no class, no activation, or a class with @Once, when it is decorated', () => {
    const refused = (decorate: () => unknown) =>
      expect(decorate).toThrow(expect.objectContaining({ code: 'CAR2007' }));
    class Waiter {
      @Once('rang')
      ring() {}
    }

    refused(() => Listener()('bell' as never));
    refused(() => Listener({ activation: 'always' as never })(class {}));
    refused(() => Listener({ activation: 'event' })(Waiter));
  });
});
