/** Contract: what queue handlers do at the end of their application. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { start, stop } from 'carillon/inversify';
import {
  applicationOn,
  handle,
  Job,
  memoryEngine,
  type QueueEngine,
  sqliteEngine,
  until,
} from '../support/queue-engines.js';

const engines: QueueEngine[] = [];

afterEach(() => {
  for (const engine of engines.splice(0)) engine.close();
});

function application(open: () => QueueEngine) {
  const engine = open();
  engines.push(engine);
  return applicationOn(engine);
}

describe.each([
  ['memory', memoryEngine],
  ['SQLite', sqliteEngine],
])('a handler of a queue on %s', (_, open) => {
  it('L24 may await the end of its application, and ends after it without harm', async () => {
    const { container, queue } = application(open);
    let ended: Awaited<ReturnType<typeof stop>> | undefined;
    handle(container, async () => {
      ended = await stop(container, { drain: '1h' });
    });
    await start(container);

    await queue.defer(Job, 1);
    await until(() => ended !== undefined);
    // What the handler leaves behind is stored, or is not, in the next turn.
    await new Promise((resolve) => setImmediate(resolve));

    expect(ended?.abandoned).toEqual([]);
  });
});

describe('a queue in memory at the end', () => {
  it('L12 also does what its handlers defer while it is drained', async () => {
    const { container, queue, errors } = application(memoryEngine);
    const heard: number[] = [];
    handle(container, async (payload) => {
      heard.push(payload);
      await Promise.resolve();
      if (payload < 5) await queue.defer(Job, payload + 1);
    });
    await start(container);
    await queue.defer(Job, 1);

    await stop(container);

    expect({ heard, errors }).toEqual({ heard: [1, 2, 3, 4, 5], errors: [] });
  });
});
