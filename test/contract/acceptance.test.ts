/** Contract: what a rejected defer says. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { CarillonError, EventQueue } from 'carillon';
import { remoteQueue } from 'carillon/engine';
import { stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { engineByHand } from '../support/engine-by-hand.js';
import { handle, Job } from '../support/queue-engines.js';

const containers: Container[] = [];

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, { drain: 0, abort: 0 });
});

function application(queues: Parameters<typeof rootContainer>[0]): {
  readonly container: Container;
  readonly queue: EventQueue;
} {
  const { container } = rootContainer(queues);
  containers.push(container);
  return { container, queue: container.get(EventQueue) };
}

async function codeOf(send: Promise<unknown>): Promise<string | undefined> {
  const error = await send.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof CarillonError ? error.code : String(error);
}

const broken = () =>
  engineByHand(async () => {
    throw new Error('ECONNRESET');
  }).engine.options();

const refusing = () =>
  engineByHand(async () => {
    throw new CarillonError('CAR5018', 'Full.');
  }).engine.options();

describe('a defer that is rejected', () => {
  it('Q22 says by its code that the message may have been accepted, when the engine failed', async () => {
    const { queue } = application({ queues: { jobs: broken() } });

    const options = { queue: 'jobs' };
    expect(await codeOf(queue.defer(Job, 1, options))).toBe('CAR5020');
    expect(await codeOf(queue.deferAll([[Job, 1, options]]))).toBe('CAR5020');
  });

  it('Q22 keeps the code of what the engine has refused', async () => {
    const { queue } = application({ queues: { jobs: refusing() } });

    expect(await codeOf(queue.defer(Job, 1, { queue: 'jobs' }))).toBe('CAR5018');
  });

  it('Q22 says of an engine that could not be opened that nothing was stored', async () => {
    const { provider } = broken();
    const closed = Object.assign(Object.create(provider as object), {
      open: () => Promise.reject(new Error('ECONNREFUSED')),
    });
    const { queue } = application({ queues: { jobs: { provider: remoteQueue(closed) } } });

    expect(await codeOf(queue.defer(Job, 1, { queue: 'jobs' }))).toBe('CAR5018');
  });

  it('Q22 may have been accepted where one of its queues took it and another refused it', async () => {
    const { container, queue } = application({ queues: { jobs: refusing(), own: {} } });
    handle(container, () => undefined);
    handle(container, () => undefined, { queue: 'own' });

    expect(await codeOf(queue.defer(Job, 1))).toBe('CAR5020');
    expect(queue.size('own')).toBe(1);
  });

  it('Q22 was refused where each of its queues refused it', async () => {
    const { container, queue } = application({ queues: { jobs: refusing(), other: refusing() } });
    handle(container, () => undefined, { id: 'one' });
    handle(container, () => undefined, { id: 'two', queue: 'other' });

    expect(await codeOf(queue.defer(Job, 1))).toBe('CAR5018');
  });

  it('Q22 says of several messages whether a full queue took some of them', async () => {
    const { queue } = application({ queues: { own: { limit: 2 } } });
    const options = { queue: 'own' };

    expect(await codeOf(queue.deferAll([1, 2, 3].map((job) => [Job, job, options])))).toBe(
      'CAR5020',
    );
    expect(await codeOf(queue.deferAll([[Job, 4, options]]))).toBe('CAR5012');
  });
});
