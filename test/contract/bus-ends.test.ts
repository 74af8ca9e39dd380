/** What becomes of the messages of a subscriber that ends: on the bus within the process, and between applications. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventBus, EventType, type GroupOptions, Subscribe } from 'carillon';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import { memoryBus } from 'carillon/testing';
import type { Container } from 'inversify';
import { type Fixture, rootContainer } from '../support/container.js';
import { type Gate, gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

const open: Container[] = [];

afterEach(async () => {
  for (const container of open.splice(0)) await stop(container, { drain: 0, abort: 0 });
});

function application(
  options: Parameters<typeof rootContainer>[0] = {},
): Fixture & { bus: EventBus } {
  const fixture = rootContainer(options);
  open.push(fixture.container);
  return { ...fixture, bus: fixture.container.get(EventBus) };
}

/** A subscriber with one message in progress at a time, which waits for the gate of that message. */
function worker(options: GroupOptions = {}) {
  const begun: unknown[] = [];
  const done: unknown[] = [];
  const wrong: unknown[] = [];
  const gates: Gate[] = [];
  class Worker {
    readonly name = 'worker';

    @Subscribe('job', { concurrency: 1, ...options })
    async work(job: unknown) {
      if (this?.name !== 'worker') wrong.push(this);
      begun.push(job);
      const running = gate();
      gates.push(running);
      await running.promise;
      done.push(job);
    }
  }
  return { Worker, begun, done, wrong, finish: (index: number) => (gates[index] as Gate).open() };
}

function codes({ errors }: Fixture): string[] {
  return errors.map(({ code }) => code);
}

const JOBS = [0, 1, 2, 3, 4];

type Way = (part: Container, Worker: new () => object) => unknown;

/** Each leaves the application itself open. */
const ENDS: [string, Way][] = [
  ['unbind', (part, Worker) => part.unbind(Worker)],
  ['unbindAll', (part) => part.unbindAll()],
  ['dispose', (part) => scopeOf(part).dispose()],
  ['disposeAsync', (part) => scopeOf(part).disposeAsync()],
  ['Symbol.asyncDispose', (part) => scopeOf(part)[Symbol.asyncDispose]()],
];

describe.each<[string, () => ReturnType<typeof memoryBus> | undefined]>([
  ['within the process', () => undefined],
  ['between applications', () => memoryBus()],
])('a subscriber of the bus %s', (_, engine) => {
  async function ending(options: GroupOptions) {
    const bus = engine();
    const app = application(bus === undefined ? {} : { bus });
    const member = worker(options);
    const part = openScope(app.container, { name: 'part' });
    part.bind(member.Worker).toSelf().inSingletonScope();
    part.get(member.Worker);
    await start(app.container);
    for (const job of JOBS) await app.bus.publish('job', job);
    await settle();
    return { ...member, app, part };
  }

  it.each(ENDS)(
    'Q24 L1 that ends by %s with messages waiting leaves them to the others of its group',
    async (_name, end) => {
      const { app, part, Worker, begun, done, wrong, finish } = await ending({ group: 'workers' });
      const others: unknown[] = [];
      app.bus.subscribe('job', (job) => others.push(job), { group: 'workers' });
      await settle();

      const ended = end(part, Worker);
      finish(0);
      await ended;
      await settle();

      expect({ begun, done, wrong }).toEqual({ begun: [0], done: [0], wrong: [] });
      expect(others).toEqual([1, 2, 3, 4]);
      expect(codes(app)).toEqual([]);
    },
  );

  it.each(ENDS)(
    'Q24 L1 that ends by %s with messages waiting tells of them, where nobody is left',
    async (_name, end) => {
      const { app, part, Worker, begun, done, wrong, finish } = await ending({});

      const ended = end(part, Worker);
      finish(0);
      await ended;
      await settle();

      expect({ begun, done, wrong }).toEqual({ begun: [0], done: [0], wrong: [] });
      expect(codes(app)).toEqual(['CAR5045']);
      expect(app.errors[0]?.message).toContain(
        'Worker.work ended in scope "part" before 4 message',
      );
    },
  );

  it('Q24 of a plain function that is taken back starts nothing any more, not even what is on its way', async () => {
    const bus = engine();
    const app = application(bus === undefined ? {} : { bus });
    const heard: string[] = [];
    app.bus.subscribe('job', () => off(), { priority: 1 });
    const off = app.bus.subscribe('job', () => heard.push('ended'), { group: 'workers' });
    await start(app.container);
    app.bus.subscribe('job', () => heard.push('stays'), { group: 'workers' });
    await settle();

    await app.bus.publish('job', 1);
    await settle();
    await app.bus.publish('job', 2);
    await settle();

    expect(heard).toEqual(['stays', 'stays']);
    expect(codes(app)).toEqual([]);
  });

  it('Q24 L20 leaves nothing to one whose scope ends in the same moment', async () => {
    const bus = engine();
    const app = application(bus === undefined ? {} : { bus });
    const tree = openScope(app.container, { name: 'tree' });
    // The younger one ends first, and the older one has room.
    const members = [worker({ group: 'workers', concurrency: 9 }), worker({ group: 'workers' })];
    for (const { Worker } of members) {
      const part = openScope(tree);
      part.bind(Worker).toSelf().inSingletonScope();
      part.get(Worker);
    }
    await start(app.container);
    for (const job of JOBS) await app.bus.publish('job', job);
    await settle();

    scopeOf(tree).dispose();
    for (const { begun, finish } of members) for (const index of begun.keys()) finish(index);
    await settle();

    expect(members.map(({ begun }) => begun)).toEqual([[0, 2, 4], [1]]);
    expect(new Set(codes(app))).toEqual(new Set(['CAR5045']));
  });
});

describe('the bus within the process at the end of the application', () => {
  it('Q24 handles what was published, as a queue does', async () => {
    const app = application();
    const { Worker, done, begun, finish } = worker();
    app.container.bind(Worker).toSelf().inSingletonScope();
    await start(app.container);
    for (const job of JOBS) await app.bus.publish('job', job);

    const stopped = stop(app.container);
    for (const job of JOBS) {
      await settle();
      finish(job);
    }
    await stopped;

    expect({ begun, done }).toEqual({ begun: JOBS, done: JOBS });
    expect(codes(app)).toEqual([]);
  });

  it('Q24 tells what it drops when the drain time is over', async () => {
    const app = application();
    const { Worker, begun, finish } = worker();
    app.container.bind(Worker).toSelf().inSingletonScope();
    await start(app.container);
    for (const job of JOBS) await app.bus.publish('job', job);

    const stopped = stop(app.container, { drain: 100 });
    await app.clock.advance(100);
    finish(0);
    await stopped;

    expect(begun).toEqual([0]);
    expect(codes(app)).toEqual(['CAR5045']);
    expect(app.errors[0]?.message).toContain('before 4 message(s) of job');
  });
});

describe('the bus between applications', () => {
  it('Q24 gives what an end cut short to another member, and calls it not done', async () => {
    const bus = memoryBus();
    const [one, other] = [application({ bus }), application({ bus })];
    const { Worker, begun } = worker({ group: 'workers' });
    one.container.bind(Worker).toSelf().inSingletonScope();
    await start(one.container);
    await start(other.container);
    await other.bus.publish('job', 1);
    await settle();
    const heard: unknown[] = [];
    other.bus.subscribe('job', (job) => heard.push(job), { group: 'workers' });
    await other.bus.ready();

    const stopped = stop(one.container, { drain: 0, abort: 0 });
    await one.clock.advance(0);
    const { abandoned } = await stopped;
    await settle();

    expect({ begun, heard }).toEqual({ begun: [1], heard: [1] });
    expect(abandoned.map(({ method }) => method)).toEqual(['work']);
    expect(codes(one)).toEqual([]);
  });

  it('Q37 does not send a message round for ever that a group has no handler for', async () => {
    const bus = memoryBus();
    const app = application({ bus });
    class Placed {}
    EventType({ name: 'group.placed' })(Placed);
    const heard: unknown[] = [];
    app.bus.subscribe(Placed, (event) => heard.push(event), { group: 'workers' });
    await start(app.container);

    await app.bus.publish('group.placed', 1);
    await settle();
    await app.bus.publish(new Placed());
    await settle();

    expect(heard).toEqual([new Placed()]);
    expect(codes(app)).toEqual([]);
  });

  it('E14 hears a subclass that is named after the subscriber, until that ends', async () => {
    const bus = memoryBus();
    const [hears, sends] = [application({ bus }), application({ bus })];
    class Placed {}
    EventType({ name: 'late.placed' })(Placed);
    const heard: string[] = [];
    const exact: string[] = [];
    const off = hears.bus.subscribe(Placed, (event) => heard.push(event.constructor.name));
    hears.bus.subscribe(Placed, (event) => exact.push(event.constructor.name), { exact: true });
    await start(hears.container);
    await start(sends.container);

    class Rush extends Placed {}
    EventType({ name: 'late.rush' })(Rush);
    await hears.bus.ready();
    await sends.bus.publish(new Rush());
    await settle();
    off();
    class Night extends Placed {}
    EventType({ name: 'late.night' })(Night);
    await hears.bus.ready();
    await sends.bus.publish(new Night());
    await sends.bus.publish(new Placed());
    await settle();

    expect(heard).toEqual(['Rush']);
    expect(exact).toEqual(['Placed']);
    expect(codes(hears)).toEqual([]);
  });

  it('E14 tells of a subclass whose name is taken, and lets it be declared', async () => {
    const app = application({ bus: memoryBus() });
    class Placed {}
    EventType({ name: 'taken.placed' })(Placed);
    class Other {}
    EventType({ name: 'taken.rush' })(Other);
    app.bus.subscribe(Placed, () => undefined);
    app.bus.subscribe(Other, () => undefined);

    class Rush extends Placed {}
    EventType({ name: 'taken.rush' })(Rush);

    expect(codes(app)).toEqual(['CAR5031']);
  });

  it('Q23 calls subscribers in the context in which the application was started', async () => {
    const storage = new AsyncLocalStorage<string>();
    const app = application({ bus: memoryBus() });
    const heard: unknown[] = [];
    const finish: (() => void)[] = [];
    const hear = () => {
      heard.push(storage.getStore());
      return new Promise<void>((resolve) => finish.push(resolve));
    };
    storage.run('request 1', () => app.bus.subscribe('job', hear, { concurrency: 1 }));
    await storage.run('start', () => start(app.container));
    await storage.run('request 2', async () => {
      app.bus.subscribe('job', hear, { group: 'workers', concurrency: 1 });
      await app.bus.ready();
    });

    await storage.run('request 3', () => app.bus.publish('job', 1));
    await storage.run('request 4', () => app.bus.publish('job', 2));
    await settle();
    for (const index of [0, 1, 2, 3]) {
      storage.run('request 5', () => finish[index]?.());
      await settle();
    }

    expect(heard).toEqual(['start', 'start', 'start', 'start']);
  });

  it.each<[string, GroupOptions]>([
    ['in a group', { group: 'workers' }],
    ['without a group', {}],
  ])('Q36 takes no more for a subscriber %s than it has room for', async (_, options) => {
    const bus = memoryBus();
    const [hears, sends] = [application({ bus }), application({ bus })];
    // Another one of the same topic has bounds of its own.
    hears.bus.subscribe('job', () => undefined, { limit: 100 });
    const { Worker, begun, done, finish } = worker({ limit: 2, whenFull: 'wait', ...options });
    hears.container.bind(Worker).toSelf().inSingletonScope();
    await start(hears.container);
    await start(sends.container);
    let taken = 0;
    const count = () => {
      taken += 1;
    };

    for (let job = 0; job < 10; job += 1) void sends.bus.publish('job', job).then(count);
    await settle();
    const before = taken;
    for (let job = 0; job < 10; job += 1) {
      finish(job);
      await settle();
    }

    expect({ before, taken }).toEqual({ before: 3, taken: 10 });
    expect({ begunLength: begun.length, doneLength: done.length }).toEqual({
      begunLength: 10,
      doneLength: 10,
    });
  });
});
