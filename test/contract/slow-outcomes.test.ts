/** Contract: the end of an application whose worker on an engine has outcomes to store. */
import { describe, expect, it } from '@jest/globals';
import { type ProviderQueue, queueCapabilities, remoteQueue } from 'carillon/engine';
import { start, stop } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { handle, JOBS } from '../support/queue-engines.js';

/** An application whose worker stops when the gate opens, and what has become of it. */
async function stopping(ping: () => Promise<void>) {
  const stored = gate();
  const steps: string[] = [];
  const queue = {
    consume: async () => ({ pause() {}, resume() {}, stop: () => stored.promise }),
    ping,
    close: async () => void steps.push('closed'),
  };
  const provider = remoteQueue({
    name: 'test',
    capabilities: queueCapabilities({ durable: true, crossProcess: true }),
    open: async () => queue as unknown as ProviderQueue,
  });
  const { container, clock } = rootContainer({ queues: { [JOBS]: { provider } } });
  handle(container, () => undefined);
  await start(container);
  const stopped = stop(container);
  return { clock, steps, stored, stopped };
}

describe('the end of a worker with outcomes to store', () => {
  it('L12 waits as long as its engine answers', async () => {
    const { clock, steps, stored, stopped } = await stopping(async () => undefined);
    await clock.advance(5500);
    const before = [...steps];
    stored.open();
    await clock.advance(10);
    const { cleanups } = await stopped;

    expect({ before, steps, cleanups }).toEqual({ before: [], steps: ['closed'], cleanups: [] });
  });

  it.each([
    ['refuses', () => Promise.reject(new Error('away'))],
    ['is silent', () => new Promise<void>(() => undefined)],
  ])('L21 goes on without an engine that %s', async (_, ping) => {
    const { clock, steps, stopped } = await stopping(ping);
    await clock.advance(4000);

    expect(steps).toEqual(['closed']);
    await clock.advance(3000);
    await stopped;
  });
});
