/** An application without a container: its instances are attached by hand. */
import { describe, expect, it } from '@jest/globals';
import {
  type CarillonError,
  Deferred,
  type Delivery,
  Events,
  Listener,
  On,
  Subscribe,
} from 'carillon';
import { type AdapterApplication, createApplication } from 'carillon/adapter';
import { expectNoLiveHandlers, virtualClock } from 'carillon/testing';

class Rang {
  constructor(readonly note = '') {}
}

class Bell {
  readonly heard: string[] = [];

  @On(Rang)
  hear({ note }: Rang) {
    this.heard.push(note);
  }
}

function application(options: Parameters<typeof createApplication>[0] = {}) {
  const errors: CarillonError[] = [];
  const clock = virtualClock();
  const app = createApplication({ clock, onError: (error) => void errors.push(error), ...options });
  return { app, clock, errors, codes: () => errors.map(({ code }) => code) };
}

describe('attach', () => {
  it('subscribes the handlers of an instance, and returns it', () => {
    const { app } = application();
    const bell = app.attach(new Bell());

    app.events.emit(new Rang('one'));

    expect(bell.heard).toEqual(['one']);
  });

  it('W5 an instance that is attached many times is wired once', () => {
    const { app } = application();
    const bell = new Bell();
    for (let times = 0; times < 3; times += 1) app.attach(bell);

    app.events.emit(new Rang('one'));

    expect(bell.heard).toEqual(['one']);
    expect(app.handlers()).toHaveLength(1);
  });

  it('returns what has no handlers as it is', () => {
    const { app } = application();
    const plain = { name: 'plain' };

    expect(app.attach(plain)).toBe(plain);
    expect(app.handlers()).toHaveLength(0);
  });

  it('L1 an instance hears the scope that it is attached to, until that ends', async () => {
    const { app } = application();
    const request = app.open({ name: 'request' });
    const bell = request.attach(new Bell());

    app.events.emit(new Rang('application'));
    request.events.emit(new Rang('request'));
    await request.scope.disposeAsync();
    request.events.emit(new Rang('late'));

    expect(bell.heard).toEqual(['request']);
    expect(request.scope.path).toBe('application/request');
    expectNoLiveHandlers(request);
  });

  it('its functions of a scope can be taken out of it', () => {
    const { app } = application();
    const { attach, events, open, scope } = app.open({ name: 'request' });
    const bell = attach(new Bell());

    events.emit(new Rang('one'));

    expect(bell.heard).toEqual(['one']);
    expect(open({ name: 'step' }).scope.parent).toBe(scope);
  });

  it('L9 a scope that has ended takes no instance', async () => {
    const { app } = application();
    const request = app.open();
    await request.scope.disposeAsync();

    expect(() => request.attach(new Bell())).toThrow('CAR3001');
    expect(() => request.attach({})).toThrow('CAR3001');
    expect(() => request.open()).toThrow('CAR3001');
  });

  it.each([
    ['a class', Bell, 'the class Bell'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['text', 'bell', 'string'],
  ])('CAR2010 refuses %s', (_, given, shown) => {
    const { app } = application();

    expect(() => app.attach(given as object)).toThrow(/^CAR2010: attach\(\) was given /);
    expect(() => app.attach(given as object)).toThrow(shown);
  });
});

describe('attachClass', () => {
  const built: string[] = [];

  @Listener({ activation: 'event' })
  class Billing {
    constructor(readonly events: Events) {
      built.push('billing');
    }

    @On(Rang)
    async bill({ note }: Rang, { scope }: Delivery) {
      await Promise.resolve();
      built.push(`${note} in ${scope}`);
    }
  }

  function attached(app: AdapterApplication) {
    built.length = 0;
    return app.attachClass(Billing, {
      open: (options) => {
        const { scope, events } = app.open(options);
        return { scope, build: () => new Billing(events) };
      },
    });
  }

  it('W10 each delivery opens a scope, builds the class in it, and ends it when the handler has settled', async () => {
    const { app, clock } = application();
    attached(app);
    const before = built.length;

    app.events.emit(new Rang('one'));
    const during = app.scope.children.map(({ path }) => path);
    await clock.advance(0);

    expect({ before, during }).toEqual({ before: 0, during: ['application/Billing Rang'] });
    expect(built).toEqual(['billing', 'one in application/Billing Rang']);
    expect(app.scope.children).toEqual([]);
  });

  it('W10 the scope of a delivery ends also where the class cannot be built', async () => {
    const { app, codes } = application();
    app.attachClass(Billing, {
      open: (options) => ({
        scope: app.open(options).scope,
        build: () => {
          throw new Error('cracked');
        },
      }),
    });

    app.events.emit(new Rang());

    expect(codes()).toEqual(['CAR4001']);
    expect(app.scope.children).toEqual([]);
  });

  it('L7 its undoing ends the handlers of the class, and no others', () => {
    const { app } = application();
    const bell = app.attach(new Bell());
    const detach = attached(app);

    detach();
    app.events.emit(new Rang('after'));

    expect({ built, heard: bell.heard }).toEqual({ built: [], heard: ['after'] });
  });

  it('CAR2010 refuses a class that is not built for each event, and attach() an instance of one that is', () => {
    const { app } = application();
    const open = () => ({ scope: app.open().scope, build: () => new Bell() });

    expect(() => app.attachClass(Bell, { open })).toThrow(
      'CAR2010: attachClass() was given the class Bell',
    );
    expect(() => app.attachClass('Bell' as never, { open })).toThrow('CAR2010');
    expect(() => app.attach(new Billing(app.events))).toThrow('give the class to attachClass()');
    expect(() => app.attachClass(Billing, {} as never)).toThrow('CAR7004');
    expect(app.handlers()).toHaveLength(0);
  });
});

describe('start', () => {
  it('W9 builds the services in order, and reports each that fails', async () => {
    const { app, codes } = application();
    const built: string[] = [];
    const service = (name: string) => ({
      name,
      build: async () => {
        await Promise.resolve();
        built.push(name);
        if (name === 'broken') throw new Error('cracked');
      },
    });

    const report = await app.start([service('first'), service('broken'), service('last')]);

    expect(built).toEqual(['first', 'broken', 'last']);
    expect(report).toMatchObject({ built: ['first', 'last'], failed: [{ name: 'broken' }] });
    expect(codes()).toEqual(['CAR2002']);
  });

  it('E13 delivers what was kept before, once it has started', async () => {
    const { app } = application({ beforeStart: 'keep' });
    const bell = new Bell();
    app.events.emit(new Rang('early'));

    await app.start([{ name: 'Bell', build: () => app.attach(bell) }]);

    expect(bell.heard).toEqual(['early']);
  });

  it('L16 an end meanwhile cancels it', async () => {
    const { app, codes } = application();
    const steps: string[] = [];

    const starting = app.start([
      { name: 'stuck', build: () => new Promise(() => steps.push('stuck')) },
      { name: 'next', build: () => steps.push('next') },
    ]);
    await app.stop();
    const report = await starting;

    expect(steps).toEqual(['stuck']);
    expect({ failed: report.failed, codes: codes() }).toEqual({ failed: [], codes: [] });
  });
});

describe('refuse', () => {
  it('CAR2004 reports an instance with handlers that no scope owns, once for each class', () => {
    const { app, errors } = application();

    for (const instance of [new Bell(), new Bell(), {}]) app.refuse(instance, 'Open a scope');

    expect(errors.map(({ message }) => message)).toEqual([
      'CAR2004: Bell was built where no scope of "application" could end it: its handlers hear nothing. Open a scope.',
    ]);
  });
});

describe('createApplication', () => {
  it('CAR7004 refuses an option that it does not have', () => {
    expect(() => createApplication({ drian: 5 } as never)).toThrow(
      'CAR7004: createApplication() has the unknown option drian. Did you mean drain?',
    );
  });

  it('L17 has the three verbs without any container, and nothing is left after stop()', async () => {
    const { app, clock } = application();
    const heard: string[] = [];
    class Shop {
      constructor(readonly events: Events) {}

      @On(Rang)
      hear() {
        heard.push('emitted');
      }

      @Subscribe(Rang)
      receive() {
        heard.push('published');
      }

      @Deferred(Rang)
      work() {
        heard.push('deferred');
      }
    }
    const { events } = app.attach(new Shop(app.events));
    await app.start();

    events.emit(new Rang());
    await events.publish(new Rang());
    await events.defer(new Rang());
    const stopping = app.stop();
    await clock.advance(10);
    await stopping;

    expect(heard).toEqual(['emitted', 'published', 'deferred']);
    expectNoLiveHandlers(app);
    expect({ isEmpty: app.audit().isEmpty, pending: clock.pending }).toEqual({
      isEmpty: true,
      pending: 0,
    });
  });
});
