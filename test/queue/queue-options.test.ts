/** What may be said of a queue, and what may not. */

import { describe, expect, it } from '@jest/globals';
import { CarillonError, EventQueue, type QueueOptions } from 'carillon';
import { rootContainer } from '../support/container.js';

type Queues = Readonly<Record<string, QueueOptions>>;

function queueWith(queues: unknown): EventQueue {
  return rootContainer({ queues: queues as Queues }).container.get(EventQueue);
}

const REFUSED: readonly [options: unknown, text: string][] = [
  [{ '': {} }, 'A queue has the name ""'],
  [{ ' ': {} }, 'A queue has the name " "'],
  [{ mail: { processing: 'later' } }, 'Queue "mail" has processing: "later"'],
  [{ mail: { processing: 1 } }, 'Queue "mail" has processing: 1'],
  [{ mail: { concurrency: 0 } }, 'Queue "mail" has concurrency: 0'],
  [{ mail: { concurrency: -1 } }, 'Queue "mail" has concurrency: -1'],
  [{ mail: { concurrency: 1.5 } }, 'Queue "mail" has concurrency: 1.5'],
  [{ mail: { concurrency: Number.NaN } }, 'Queue "mail" has concurrency: NaN'],
  [{ mail: { concurrency: Number.POSITIVE_INFINITY } }, 'Queue "mail" has concurrency: Infinity'],
  [{ mail: { concurrency: '2' } }, 'Queue "mail" has concurrency: "2"'],
  [{ mail: { provider: null } }, 'Queue "mail" has provider: null'],
  [
    { mail: { provider: { name: 'bare', open: () => undefined } } },
    'or one of an engine by remoteQueue()',
  ],
  [{ fine: { processing: 'manual' }, mail: { concurrency: 0 } }, 'Queue "mail"'],
];

describe('the options of queues', () => {
  it.each(REFUSED)('CAR7002: refuses %j when the plugin is registered', (queues, text) => {
    const register = () => queueWith(queues);

    expect(register).toThrow(CarillonError);
    expect(register).toThrow('CAR7002');
    expect(register).toThrow(text);
  });

  it.each([
    [{}],
    [{ mail: {} }],
    [{ mail: { processing: 'auto', concurrency: 1 } }],
    [{ mail: { processing: 'manual' } }],
  ])('takes %j', (queues) => {
    expect(queueWith(queues).size()).toBe(0);
  });
});

describe('the bounds of process()', () => {
  const bounds = [-1, Number.NaN, Number.NEGATIVE_INFINITY, '3', null];

  it.each(['max', 'maxTime'])(
    'CAR7003: refuse a %s that is no number of 0 or more, and take nothing',
    async (option) => {
      const queue = queueWith({ physics: { processing: 'manual' } });
      await queue.defer('tick', 1, { queue: 'physics' });

      for (const bound of bounds) {
        const work = () => queue.process('physics', { [option]: bound });

        expect(work).toThrow('CAR7003');
        expect(work).toThrow(
          `process("physics") has ${option}: ${typeof bound === 'string' ? `"${bound}"` : bound}`,
        );
      }
      expect(queue.size('physics')).toBe(1);
    },
  );

  it('may be zero: nothing is taken', async () => {
    const queue = queueWith({ physics: { processing: 'manual' } });
    await queue.defer('tick', 1, { queue: 'physics' });

    const results = [
      queue.process('physics', { max: 0 }),
      queue.process('physics', { maxTime: 0 }),
    ];

    expect(results).toEqual(
      results.map(() => expect.objectContaining({ handled: 0, failed: 0, remaining: 1 })),
    );
  });
});
