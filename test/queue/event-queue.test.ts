/** Deferring and working off: what goes wrong, and in whose turn it is done. */

import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  defineEvent,
  EventQueue,
  HandlerError,
  On,
  type QueuesOptions,
  ScopedEmitter,
  sleep,
} from 'carillon';
import { openScope, start, stop } from 'carillon/inversify';
import { recordEvents } from 'carillon/testing';
import { build, type Fixture, rootContainer } from '../support/container.js';
import { type Gate, gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Job {
  constructor(readonly id: number) {}
}

type Work = (id: number, queue: EventQueue) => unknown;

interface Office extends Fixture {
  readonly queue: EventQueue;
}

/** An application whose one handler does the work. */
function office(
  work: Work,
  queues: QueuesOptions = {},
  options: Parameters<typeof rootContainer>[0] = {},
): Office {
  const fixture = rootContainer({ ...options, queues });
  const queue = fixture.container.get(EventQueue);
  class Clerk {
    @Deferred(Job)
    work({ id }: Job) {
      return work(id, queue);
    }
  }
  fixture.container.bind(Clerk).toSelf().inSingletonScope();
  fixture.container.get(Clerk);
  return { ...fixture, queue };
}

async function deferAll(queue: EventQueue, ...ids: number[]): Promise<void> {
  for (const id of ids) await queue.defer(new Job(id));
}

describe('a queue that is worked off by itself', () => {
  it('shows interceptors the message, also where its handler takes the payload alone', async () => {
    const seen: unknown[] = [];
    const { container, queue, clock } = office(
      (id) => id,
      {},
      {
        interceptors: [
          (delivery, next) => {
            seen.push(delivery.message?.id);
            return next();
          },
        ],
      },
    );
    const receipt = await queue.defer(new Job(1));

    await start(container);
    await clock.advance(100);

    expect(seen).toEqual([receipt.id]);
  });

  it('never works in the turn of defer, nor before start', async () => {
    const done: number[] = [];
    const { container, queue, clock } = office((id) => done.push(id));
    await deferAll(queue, 1);
    await clock.advance(100);
    const beforeStart = [...done];

    await start(container);
    await deferAll(queue, 2);
    await settle();
    const inTheTurn = [...done];
    await clock.advance(0);

    expect({ beforeStart, inTheTurn, done }).toEqual({
      beforeStart: [],
      inTheTurn: [],
      done: [1, 2],
    });
  });

  it('does what a handler defers in a later turn', async () => {
    const steps: string[] = [];
    const { container, queue, clock } = office((id, own) => {
      steps.push(`job ${id}`);
      if (id === 2) return;
      void own.defer(new Job(2));
      queueMicrotask(() => steps.push('end of the turn'));
    });
    await start(container);
    await deferAll(queue, 1);

    await clock.advance(0);

    expect(steps).toEqual(['job 1', 'end of the turn', 'job 2']);
  });

  it('gives the rest of the program a turn in a long row', async () => {
    const done: number[] = [];
    const { container, queue, clock } = office((id) => done.push(id));
    await start(container);
    const ids = Array.from({ length: 20_000 }, (_, id) => id);
    await deferAll(queue, ...ids);
    const counts: number[] = [];
    const look = () => {
      counts.push(done.length);
      if (done.length < ids.length) clock.schedule(look, 0);
    };
    clock.schedule(look, 0);

    await clock.advance(0);

    expect(done).toEqual(ids);
    expect(counts.filter((count) => count > 0 && count < ids.length).length).toBeGreaterThan(0);
  });

  it.each([[undefined], [1], [3]])(
    'has %p messages in work at once, in order',
    async (concurrency) => {
      const gates: Gate[] = [];
      const { container, queue, clock } = office(
        (id) => {
          gates[id] = gate();
          return gates[id]?.promise;
        },
        concurrency === undefined ? {} : { default: { concurrency } },
      );
      const most = concurrency ?? 1;
      await start(container);
      await deferAll(queue, 0, 1, 2, 3, 4, 5);

      await clock.advance(0);
      const first = Object.keys(gates);
      gates[0]?.open();
      await clock.advance(0);
      const second = Object.keys(gates);

      expect(first).toEqual(['0', '1', '2', '3', '4', '5'].slice(0, most));
      expect(second).toEqual(['0', '1', '2', '3', '4', '5'].slice(0, most + 1));
      expect(queue.size()).toBe(6 - most - 1);
    },
  );

  it('goes on after a handler that throws or rejects', async () => {
    const done: number[] = [];
    const { container, queue, clock, errors } = office((id) => {
      if (id === 1) throw new Error('torn');
      if (id === 2) return Promise.reject(new Error('lost'));
      return done.push(id);
    });
    await start(container);
    await deferAll(queue, 1, 2, 3);

    await clock.advance(0);

    expect(done).toEqual([3]);
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'CAR4001',
        className: 'Clerk',
        method: 'work',
        event: 'Job',
        cause: new Error('torn'),
      }),
      expect.objectContaining({ code: 'CAR4001', cause: new Error('lost') }),
    ]);
    expect(errors[0]).toBeInstanceOf(HandlerError);
  });

  it('CAR5002: is not for process()', () => {
    const { queue } = office(() => undefined, { mail: { processing: 'auto' } });

    expect(() => queue.process()).toThrow('CAR5002: Queue "default"');
    expect(() => queue.process('mail')).toThrow("processing: 'manual'");
    expect(() => queue.process('unknown')).toThrow('CAR5002: Queue "unknown"');
  });

  it('CAR5001: reports a message that has no handler, by event and queue', async () => {
    const { container, queue, clock, errors } = office(() => undefined);
    await start(container);
    await queue.defer('nobody.home', 1, { queue: 'mail' });

    await clock.advance(0);

    expect(errors).toEqual([expect.objectContaining({ code: 'CAR5001' })]);
    expect(errors[0]?.message).toContain('A message nobody.home in queue "mail" has no handler');
    expect(queue.size()).toBe(0);
  });

  it('CAR5004: reports what an end leaves undone, by queue and number', async () => {
    const { container, queue, errors } = office(() => undefined, {
      physics: { processing: 'manual' },
    });
    await deferAll(queue, 1, 2);
    await queue.defer('tick', 1, { queue: 'physics' });

    await stop(container, { drain: 0 });

    expect(errors.map(({ code }) => code)).toEqual(['CAR5004', 'CAR5004']);
    expect(errors[0]?.message).toContain('Queue "default" ended with 2 message(s)');
    expect(errors[1]?.message).toContain('Queue "physics" ended with 1 message(s)');
  });

  it('takes no message any more once its application ends in the middle of it', async () => {
    const { container, queue, clock, errors } = office(() => void stop(container, { drain: 0 }));
    await start(container);
    await deferAll(queue, 1, 2, 3);

    await clock.advance(0);

    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('CAR5004: Queue "default" ended with 2 message(s)'),
    ]);
  });

  it('reports nothing when it ends empty', async () => {
    const { container, queue, clock, errors } = office(() => undefined);
    await start(container);
    await deferAll(queue, 1);
    await clock.advance(0);

    await stop(container);

    expect(errors).toEqual([]);
  });
});

describe('a manual queue', () => {
  const manual: QueuesOptions = { default: { processing: 'manual' } };

  it('waits for process(), also after start', async () => {
    const done: number[] = [];
    const { container, queue, clock } = office((id) => done.push(id), manual);
    await start(container);
    await deferAll(queue, 1, 2);
    await clock.advance(1_000);
    const before = [...done];

    const result = queue.process();

    expect(before).toEqual([]);
    expect(done).toEqual([1, 2]);
    expect(result).toMatchObject({ handled: 2, failed: 0, remaining: 0 });
  });

  it('counts as failed what throws at once and what nobody handles; a later failure is reported', async () => {
    const { queue, errors } = office((id) => {
      if (id === 1) throw new Error('torn');
      return Promise.reject(new Error('lost'));
    }, manual);
    await deferAll(queue, 1, 2);
    await queue.defer('nobody.home', 1);

    const result = queue.process();
    await result.settled;

    expect(result).toMatchObject({ handled: 3, failed: 2, remaining: 0 });
    expect(errors.map(({ code, cause }) => [code, (cause as Error | undefined)?.message])).toEqual([
      ['CAR4001', 'torn'],
      ['CAR5001', undefined],
      ['CAR4001', 'lost'],
    ]);
  });

  it('begins no message once its time is over', async () => {
    let time = 0;
    const clock = { now: () => time, schedule: () => undefined, cancel: () => undefined };
    const work = () => {
      time += 2;
    };
    const { queue } = office(work, manual, { clock });
    await deferAll(queue, 1, 2, 3, 4);

    const results = [
      queue.process('default', { maxTime: 3 }),
      queue.process('default', { maxTime: 2 }),
    ];

    expect(results).toEqual([
      expect.objectContaining({ handled: 2, remaining: 2 }),
      expect.objectContaining({ handled: 1, remaining: 1 }),
    ]);
  });
});

describe('defer', () => {
  it.each([[''], ['  '], [7], [null], [{}]])(
    'CAR5003: refuses the queue name %p and keeps nothing',
    async (name) => {
      const { queue } = office(() => undefined);

      const refused = queue.defer(new Job(1), { queue: name as string });

      await expect(refused).rejects.toMatchObject({
        code: 'CAR5003',
        message: expect.stringContaining('defer(Job) names the queue'),
      });
      expect(queue.size()).toBe(0);
    },
  );

  it.each([[undefined], [null], [42], [Job], ['order.*'], [''], ['a..b']])(
    'CAR4004: refuses %p and keeps nothing',
    async (event) => {
      const { queue } = office(() => undefined);

      const refused = queue.defer(event as string, 1);

      await expect(refused).rejects.toMatchObject({ code: 'CAR4004' });
      expect(queue.size()).toBe(0);
    },
  );

  it('CAR3001: is refused once the application has ended', async () => {
    const { container, queue } = office(() => undefined);
    await stop(container);

    const refused = queue.defer(new Job(1));

    await expect(refused).rejects.toMatchObject({ code: 'CAR3001' });
    expect(() => queue.process()).toThrow('CAR3001');
  });

  it('gives a message to every queue that a living handler of it listens to', async () => {
    const { container } = rootContainer();
    class Log {
      @Deferred(Job, { queue: 'log' })
      work() {}
    }
    class Mail {
      @Deferred(Job, { queue: 'mail' })
      work() {}
    }
    for (const name of ['first log', 'second log']) {
      container.bind(name).toConstantValue(new Log());
      container.get(name);
    }
    const child = openScope(container);
    child.bind(Mail).toSelf().inSingletonScope();
    child.get(Mail);
    const queue = container.get(EventQueue);
    const sizes = () => ['log', 'mail', 'default'].map((name) => queue.size(name));

    await deferAll(queue, 1);
    const withMail = sizes();
    await child[Symbol.asyncDispose]();
    await deferAll(queue, 2);

    expect({ withMail, sizes: sizes() }).toEqual({ withMail: [1, 1, 0], sizes: [2, 1, 0] });
  });

  it('asks again where a message goes as soon as anything has changed since the last one', async () => {
    const { container, errors } = rootContainer({
      queues: { log: { processing: 'manual' }, mail: { processing: 'manual' } },
    });
    class Log {
      readonly heard: number[] = [];
      @Deferred(Job, { queue: 'log' })
      work({ id }: Job) {
        this.heard.push(id);
      }
    }
    class Mail {
      @Deferred(Job, { queue: 'mail' })
      work() {}
    }
    const queue = container.get(EventQueue);
    const sizes = () => ['log', 'mail'].map((name) => queue.size(name));
    const scope = openScope(container);
    scope.bind(Log).toSelf().inSingletonScope();
    scope.get(Log);
    await deferAll(queue, 1, 2);
    const alone = sizes();
    scope.bind(Mail).toSelf().inSingletonScope();
    scope.get(Mail);
    await deferAll(queue, 3);
    const both = sizes();
    await scope.unbind(Mail);
    await deferAll(queue, 4, 5);
    const aloneAgain = sizes();
    scope[Symbol.dispose]();
    await deferAll(queue, 6);
    const nobody = sizes();
    const next = openScope(container);
    next.bind(Log).toSelf().inSingletonScope();
    const { heard } = next.get(Log);
    queue.process('log');
    await stop(container);

    expect({ alone, both, aloneAgain, nobody }).toEqual({
      alone: [2, 0],
      both: [3, 1],
      aloneAgain: [5, 1],
      nobody: [6, 2],
    });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
    await expect(queue.defer(new Job(7))).rejects.toMatchObject({ code: 'CAR3001' });
    expect(errors.map(({ code }) => code)).toEqual(['CAR5004']);
  });

  it('gives each its own payload, however often the same is deferred', async () => {
    const { container } = rootContainer({ queues: { default: { processing: 'manual' } } });
    const Rang = defineEvent<number>('rang');
    const heard: unknown[] = [];
    class Bell {
      @Deferred([Rang, 'bell.rung'])
      ring(what: unknown) {
        heard.push(what);
      }

      @Deferred(Job)
      work({ id }: Job) {
        heard.push(`job ${id}`);
      }
    }
    build(container, Bell);
    const queue = container.get(EventQueue);
    for (const id of [1, 2]) void queue.defer(new Job(id));
    for (const id of [1, 2]) void queue.defer(Rang, id);
    for (const id of [1, 2]) void queue.defer('bell.rung', { id });
    void queue.defer('bell.rung', { id: 3 }, { delay: 1000 });
    for (const id of [3, 4]) void queue.defer(new Job(id));
    await expect(queue.defer(Job as never)).rejects.toMatchObject({ code: 'CAR4004' });
    queue.process();

    expect(heard).toEqual(['job 1', 'job 2', 1, 2, { id: 1 }, { id: 2 }, 'job 3', 'job 4']);
    expect((await queue.counts()).delayed).toBe(1);
  });

  it('tells who records from the moment on in which he does', async () => {
    const { container, queue } = office(() => undefined);
    await deferAll(queue, 1, 2);
    using record = recordEvents(container);
    await deferAll(queue, 3);

    expect(record.all.map(({ payload }) => payload)).toEqual([new Job(3)]);
  });

  it('CAR3001: is refused also in what the end itself runs', async () => {
    const outcomes: Promise<unknown>[] = [];
    const { container, queue } = office(() => undefined);
    await deferAll(queue, 1);
    class Watch {
      @On('watch')
      *run() {
        try {
          yield* sleep(1000);
        } finally {
          outcomes.push(queue.defer(new Job(2)).catch(({ code }) => code));
        }
      }
    }
    container.bind(Watch).toSelf().inSingletonScope();
    container.get(Watch);
    container.get(ScopedEmitter).emit('watch', undefined);
    await stop(container);

    expect(await Promise.all(outcomes)).toEqual(['CAR3001']);
  });

  it('gives a message that nobody listens to to the default queue', async () => {
    const queue = rootContainer().container.get(EventQueue);

    await queue.defer('nobody.home', 1);

    expect([queue.size('default'), queue.size()]).toEqual([1, 1]);
  });

  it('makes of a message that nobody listened to one for each handler that has come, each with an id of its own', async () => {
    const { container } = rootContainer({ queues: { default: { processing: 'manual' } } });
    const queue = container.get(EventQueue);
    const { id } = await queue.defer(new Job(1));
    const ids: (string | undefined)[] = [];
    class Clerk {
      @Deferred(Job)
      work(_: Job, { message }: Delivery) {
        ids.push(message?.id);
      }
    }
    class Cashier {
      @Deferred(Job)
      work(_: Job, { message }: Delivery) {
        ids.push(message?.id);
      }
    }
    for (const service of [Clerk, Cashier]) build(container, service);

    queue.process('default', { until: 'empty' });

    expect(ids).toEqual([id, expect.any(String)]);
    expect(new Set(ids).size).toBe(2);
  });

  it('CAR5016: leaves a dead letter where it is, when only another queue has a handler of its event', async () => {
    const { queue } = office(() => undefined, { other: { processing: 'manual' } });
    await queue.defer(new Job(1), { queue: 'other' });
    queue.process('other');
    const deadLetters = queue.deadLetters('other');

    const retrying = deadLetters.retry({});

    await expect(retrying).rejects.toMatchObject({ code: 'CAR5016' });
    expect({ size: queue.size('other'), count: await deadLetters.count() }).toEqual({
      size: 0,
      count: 1,
    });
  });

  it('knows no status of a dead letter that was dropped, by its limit or by hand', async () => {
    const { queue } = office(
      () => {
        throw new Error('torn');
      },
      { default: { processing: 'manual', deadLetters: 1 } },
      { onError: () => undefined },
    );
    const first = await queue.defer(new Job(1));
    const second = await queue.defer(new Job(2));
    const ids = [first.id, second.id];
    queue.process();
    const atLimit = await Promise.all(ids.map((id) => queue.status(id)));
    await queue.deadLetters().drop({});
    const dropped = await Promise.all(ids.map((id) => queue.status(id)));

    expect(atLimit).toEqual([undefined, expect.objectContaining({ state: 'dead' })]);
    expect(dropped).toEqual([undefined, undefined]);
  });
});
