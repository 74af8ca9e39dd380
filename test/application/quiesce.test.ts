/** The first half of an end: nothing more is taken from outside, and everything can still be sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  EventType,
  Every,
  On,
  type QueuesOptions,
  Subscribe,
} from 'carillon';
import { type AdapterApplication, createApplication } from 'carillon/adapter';
import { events, quiesce } from 'carillon/inversify';
import { sqliteQueue } from 'carillon/sqlite';
import { memoryBus, virtualClock } from 'carillon/testing';
import { Container } from 'inversify';
import { gate } from '../support/gate.js';

@EventType({ name: 'quiesce.rang' })
class Rang {
  constructor(readonly note = '') {}
}

const folder = mkdtempSync(join(tmpdir(), 'carillon-quiesce-'));
const apps: AdapterApplication[] = [];

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop({ drain: 0, abort: 0 })));
  rmSync(folder, { recursive: true });
});

function application(options: Parameters<typeof createApplication>[0] = {}) {
  const app = createApplication({ onError: () => undefined, ...options });
  // One on a virtual clock would end only as the test moves it.
  if (options.clock === undefined) apps.push(app);
  return app;
}

function worker(verb: typeof Deferred | typeof Subscribe, hear: (event: Rang) => unknown) {
  class Worker {
    hear(event: Rang) {
      return hear(event);
    }
  }
  const decorate = verb === Deferred ? Deferred(Rang, { id: 'worker' }) : Subscribe(Rang);
  const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'hear');
  (decorate as (...args: unknown[]) => void)(Worker.prototype, 'hear', method);
  return new Worker();
}

describe('quiesce', () => {
  it('takes nothing more from the queue of an engine, waits for what it has, and still defers', async () => {
    const queues: QueuesOptions = {
      default: {
        provider: sqliteQueue({ file: join(folder, 'queue.db'), poll: 5 }),
        concurrency: 4,
      },
    };
    const [first, second] = [application({ queues }), application({ queues })];
    const [begun, finish, done] = [gate(), gate(), gate()];
    const heard: Record<'first' | 'second', string[]> = { first: [], second: [] };
    first.attach(
      worker(Deferred, async ({ note }) => {
        begun.open();
        await finish.promise;
        heard.first.push(note);
      }),
    );
    await first.start();
    await first.events.defer(new Rang('before'));
    await begun.promise;

    const quieted = first.quiesce().then(() => heard.first.push('quiet'));
    const sent = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const note of sent) await first.events.defer(new Rang(note));
    second.attach(
      worker(Deferred, ({ note }) => {
        heard.second.push(note);
        if (heard.second.length === sent.length) done.open();
      }),
    );
    await second.start();
    await done.promise;
    finish.open();
    await quieted;

    expect(heard.first).toEqual(['before', 'quiet']);
    expect(new Set(heard.second)).toEqual(new Set(sent));
  });

  it('starts no worker for a handler that is attached later', async () => {
    const queues: QueuesOptions = {
      default: { provider: sqliteQueue({ file: join(folder, 'later.db'), poll: 5 }) },
    };
    const [first, second] = [application({ queues }), application({ queues })];
    const heard: string[] = [];
    const done = gate();
    await first.start();
    await first.quiesce();
    first.attach(worker(Deferred, () => heard.push('first')));
    await first.events.defer(new Rang());

    second.attach(
      worker(Deferred, () => {
        heard.push('second');
        done.open();
      }),
    );
    await second.start();
    await done.promise;

    expect(heard).toEqual(['second']);
  });

  it('takes nothing more from the engine of the bus, also for what is attached later, and still publishes', async () => {
    const bus = memoryBus();
    const [first, second] = [application({ bus }), application({ bus })];
    const heard: string[] = [];
    const received = gate();
    first.attach(worker(Subscribe, ({ note }) => heard.push(`first ${note}`)));
    second.attach(
      worker(Subscribe, ({ note }) => {
        heard.push(`second ${note}`);
        if (note === 'after') received.open();
      }),
    );
    await Promise.all([first.start(), second.start()]);
    await second.events.publish(new Rang('before'));

    await first.quiesce();
    first.attach(worker(Subscribe, ({ note }) => heard.push(`late ${note}`)));
    await first.events.publish(new Rang('after'));
    await received.promise;

    expect([...heard].sort()).toEqual(['first before', 'second after', 'second before']);
  });

  it('calls no timer more, and goes on with what this process sends to itself', async () => {
    const clock = virtualClock();
    const app = application({ clock });
    const heard: string[] = [];
    class Ticking {
      @Every('1s')
      tick() {
        heard.push('tick');
      }

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
    app.attach(new Ticking());
    await app.start();
    await clock.advance('1s');

    await app.quiesce();
    app.attach(new Ticking());
    app.events.emit(new Rang());
    await app.events.publish(new Rang());
    await app.events.defer(new Rang());
    await clock.advance('10s');

    expect(heard.filter((one) => one === 'tick')).toHaveLength(1);
    expect(new Set(heard)).toEqual(new Set(['tick', 'emitted', 'published', 'deferred']));
    expect(app.census().timers).toBe(0);
  });

  it('L24 a handler that awaits it is not waited for, nor is anything longer than the drain time', async () => {
    const clock = virtualClock();
    const app = application({ clock, drain: 500 });
    const steps: string[] = [];
    class Quieting {
      @Deferred(Rang)
      async work(_: Rang, delivery: Delivery) {
        await app.quiesce({ delivery });
        steps.push('quiet');
      }

      @Subscribe(Rang)
      stuck() {
        return new Promise(() => undefined);
      }
    }
    app.attach(new Quieting());
    await app.start();

    await app.events.defer(new Rang());
    await clock.advance(1);
    const alone = [...steps];
    await app.events.publish(new Rang());
    const quieted = app.quiesce().then(() => steps.push('over'));
    await clock.advance(499);
    const before = [...steps];
    await clock.advance(1);
    await quieted;

    expect({ alone, before, steps }).toEqual({
      alone: ['quiet'],
      before: ['quiet'],
      steps: ['quiet', 'over'],
    });
  });

  it('L24 a handler of an engine that awaits it is not waited for', async () => {
    const queues: QueuesOptions = {
      default: { provider: sqliteQueue({ file: join(folder, 'asking.db'), poll: 5 }) },
    };
    const app = application({ queues, drain: '1h' });
    const quiet = gate();
    app.attach(
      worker(Deferred, async () => {
        await app.quiesce();
        quiet.open();
      }),
    );
    await app.start();

    await app.events.defer(new Rang());
    await quiet.promise;

    expect(app.scope.state).toBe('open');
  });

  it('is there for a container as well, and L17 stop() ends all the rest', async () => {
    const clock = virtualClock();
    const container = new Container();
    container.register(events({ clock }));
    const heard: string[] = [];
    class Ticking {
      @Every('1s')
      tick() {
        heard.push('tick');
      }
    }
    container.bind(Ticking).toConstantValue(new Ticking());
    container.get(Ticking);

    await quiesce(container);
    await clock.advance('5s');

    expect(heard).toEqual([]);
    await expect(quiesce(container, { drain: '2x' as never })).rejects.toMatchObject({
      code: 'CAR7001',
    });
  });
});
