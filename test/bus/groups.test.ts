/** Groups of subscribers, and subscribers that are full, within one process. */
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, EventBus, type GroupOptions, Subscribe } from 'carillon';
import { openScope } from 'carillon/inversify';
import { build, rootContainer } from '../support/container.js';
import { type Gate, gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';
import { fc } from '../support/properties.js';

class Rang {
  constructor(readonly number = 0) {}
}

function busFixture() {
  const { container, errors } = rootContainer();
  return { container, errors, bus: container.get(EventBus) };
}

/** A subscriber each of whose runs settles when the test says so. */
function slowSubscriber(bus: EventBus, options: GroupOptions) {
  const started: unknown[] = [];
  const gates: Gate[] = [];
  bus.subscribe(
    'bell',
    (payload) => {
      started.push(payload);
      gates.push(gate());
      return (gates.at(-1) as Gate).promise;
    },
    options,
  );
  return { started, finish: (index: number) => (gates[index] as Gate).open() };
}

describe('groups', () => {
  it('Q10 each get one copy, spread over the members in turn; who has no group gets each', async () => {
    const { bus } = busFixture();
    const heard: string[] = [];
    for (const name of ['m1', 'm2', 'm3'])
      bus.subscribe(Rang, ({ number }) => heard.push(`${name}:${number}`), { group: 'mailers' });
    bus.subscribe(Rang, ({ number }) => heard.push(`log:${number}`), { group: 'loggers' });
    bus.subscribe(Rang, ({ number }) => heard.push(`all:${number}`));

    for (let number = 0; number < 4; number += 1) await bus.publish(new Rang(number));

    expect(heard.filter((entry) => entry.startsWith('m'))).toEqual([
      'm1:0',
      'm2:1',
      'm3:2',
      'm1:3',
    ]);
    expect(heard.filter((entry) => entry.startsWith('log'))).toHaveLength(4);
    expect(heard.filter((entry) => entry.startsWith('all'))).toHaveLength(4);
  });

  it('Q10 take one copy also where members name the event by a topic, a pattern, a class and its base', async () => {
    const { bus } = busFixture();
    const heard: string[] = [];
    class Chimed extends Rang {}
    bus.subscribe('bell.rang', () => heard.push('topic'), { group: 'g' });
    bus.subscribe('bell.*', () => heard.push('pattern'), { group: 'g' });
    bus.subscribe(Rang, () => heard.push('base'), { group: 'g' });
    bus.subscribe(Chimed, () => heard.push('class'), { group: 'g' });

    await bus.publish('bell.rang', 1);
    await bus.publish(new Chimed());

    expect(heard).toHaveLength(2);
  });

  it('Q10 L1 pass over a member whose scope has ended', async () => {
    const { bus, container } = busFixture();
    const heard: string[] = [];
    class Member {
      @Subscribe(Rang, { group: 'mailers' })
      hear() {
        heard.push('ended');
      }
    }
    const request = openScope(container);
    build(request, Member);
    bus.subscribe(Rang, () => heard.push('stays'), { group: 'mailers' });
    await request[Symbol.asyncDispose]();

    for (let number = 0; number < 3; number += 1) await bus.publish(new Rang());

    expect(heard).toEqual(['stays', 'stays', 'stays']);
  });

  it('Q10 spread any number of messages over any groups as evenly as can be', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 20 }),
        async (sizes, messages) => {
          const { bus } = busFixture();
          const counts = sizes.map((size) => new Array<number>(size).fill(0));
          sizes.forEach((size, group) => {
            for (let member = 0; member < size; member += 1) {
              bus.subscribe(
                'bell',
                () => {
                  const members = counts[group] as number[];
                  members[member] = (members[member] as number) + 1;
                },
                { group: `group ${group}` },
              );
            }
          });

          for (let message = 0; message < messages; message += 1)
            await bus.publish('bell', message);

          for (const members of counts) {
            expect(members.reduce((sum, count) => sum + count, 0)).toBe(messages);
            expect(Math.max(...members) - Math.min(...members)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each<[GroupOptions, string]>([
    [{ group: '' }, 'group: ""'],
    [{ group: 7 as never }, 'group: 7'],
    [{ concurrency: 0 }, 'concurrency: 0'],
    [{ concurrency: 1.5 }, 'concurrency: 1.5'],
    [{ limit: -1 }, 'limit: -1'],
    [{ whenFull: 'explode' as never }, 'whenFull: "explode"'],
  ])('CAR1007: refuses %p when the class is decorated', (options, reason) => {
    const decorate = () => {
      class Bell {
        @Subscribe('bell', options)
        hear() {}
      }
      return Bell;
    };

    expect(decorate).toThrow(
      expect.objectContaining({ code: 'CAR1007', message: expect.stringContaining(reason) }),
    );
    expect(decorate).toThrow('@Subscribe on Bell.hear');
  });

  it('CAR1006: refuses two groups for one method', () => {
    expect(() => {
      class Bell {
        @Subscribe('bell', { group: 'a' })
        @Subscribe('bell', { group: 'b' })
        hear() {}
      }
      return Bell;
    }).toThrow('CAR1006');
  });
});

describe('a slow subscriber', () => {
  it('Q10 has no more in work than its concurrency, and takes the rest in order', async () => {
    const { bus } = busFixture();
    const { started, finish } = slowSubscriber(bus, { concurrency: 2 });

    for (const number of [1, 2, 3, 4]) await bus.publish('bell', number);
    expect(started).toEqual([1, 2]);
    finish(0);
    await settle();

    expect(started).toEqual([1, 2, 3]);
  });

  it('Q10 holds its publishers back when it is full and waits, and keeps their order', async () => {
    const { bus } = busFixture();
    const { started, finish } = slowSubscriber(bus, { concurrency: 1, limit: 1, whenFull: 'wait' });
    const accepted: number[] = [];
    await bus.publish('bell', 1);
    await bus.publish('bell', 2);

    for (const number of [3, 4]) void bus.publish('bell', number).then(() => accepted.push(number));
    await settle();
    expect(accepted).toEqual([]);
    finish(0);
    await settle();
    expect(accepted).toEqual([3]);
    for (const index of [1, 2, 3]) {
      finish(index);
      await settle();
    }

    expect(accepted).toEqual([3, 4]);
    expect(started).toEqual([1, 2, 3, 4]);
  });

  it('Q10 holds nobody else up: the others have the message by then', async () => {
    const { bus } = busFixture();
    slowSubscriber(bus, { concurrency: 1, limit: 0, whenFull: 'wait' });
    const heard: unknown[] = [];
    bus.subscribe('bell', (payload) => heard.push(payload));
    await bus.publish('bell', 1);

    void bus.publish('bell', 2);
    await settle();

    expect(heard).toEqual([1, 2]);
  });

  it.each([
    ['drop-oldest' as const, [1, 4]],
    ['drop-newest' as const, [1, 2]],
  ])(
    'Q10 CAR5038: loses messages by %s, and tells it once for as long as it lasts',
    async (whenFull, expected) => {
      const { bus, errors } = busFixture();
      const { started, finish } = slowSubscriber(bus, { concurrency: 1, limit: 1, whenFull });

      for (const number of [1, 2, 3, 4]) await bus.publish('bell', number);
      finish(0);
      await settle();
      expect(started).toEqual(expected);
      expect(errors.map(({ code }) => code)).toEqual(['CAR5038']);
      expect((errors[0] as CarillonError).message).toContain('1 of bell in progress and 1 waiting');

      finish(1);
      await settle();
      for (const number of [5, 6, 7]) await bus.publish('bell', number);

      expect(errors.map(({ code }) => code)).toEqual(['CAR5038', 'CAR5038']);
    },
  );

  it('Q10 CAR5039: rejects the publish when it wants that told, and the others have the message', async () => {
    const { bus } = busFixture();
    const heard: unknown[] = [];
    slowSubscriber(bus, { concurrency: 1, limit: 0, whenFull: 'reject' });
    bus.subscribe('bell', (payload) => heard.push(payload));
    await bus.publish('bell', 1);

    await expect(bus.publish('bell', 2)).rejects.toMatchObject({ code: 'CAR5039' });

    expect(heard).toEqual([1, 2]);
  });

  it('Q10 CAR5039: rejects it once there is room for those that wait', async () => {
    const { bus } = busFixture();
    slowSubscriber(bus, { concurrency: 1, limit: 0, whenFull: 'reject' });
    const { finish } = slowSubscriber(bus, { concurrency: 1, limit: 0, whenFull: 'wait' });
    await bus.publish('bell', 1);
    const codes: unknown[] = [];

    const refused = bus.publish('bell', 2).catch(({ code }: CarillonError) => codes.push(code));
    await settle();
    const early = [...codes];
    finish(0);
    await refused;

    expect({ early, codes }).toEqual({ early: [], codes: ['CAR5039'] });
  });

  it('L1 starts nothing that waits once its scope has ended, and lets its publishers go', async () => {
    const { bus, container } = busFixture();
    const started: unknown[] = [];
    const running = gate();
    class Slow {
      @Subscribe('bell', { concurrency: 1, limit: 1 })
      hear(payload: unknown) {
        started.push(payload);
        return running.promise;
      }
    }
    const request = openScope(container);
    build(request, Slow);
    await bus.publish('bell', 1);
    await bus.publish('bell', 2);
    const held = bus.publish('bell', 3);

    const ended = request[Symbol.asyncDispose]();
    await held;
    running.open();
    await ended;

    expect(started).toEqual([1]);
  });
});
