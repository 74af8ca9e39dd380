/** Contract: the ids by which stored messages name their handlers. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, defineEvent } from 'carillon';
import { start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { build } from '../support/container.js';
import {
  applicationOn,
  JOBS,
  Job,
  memoryEngine,
  type QueueEngine,
  sqliteEngine,
  until,
} from '../support/queue-engines.js';

const engines: QueueEngine[] = [];
const containers: Container[] = [];

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container);
  for (const engine of engines.splice(0)) engine.close();
});

function opened(open: () => QueueEngine): QueueEngine {
  const engine = open();
  engines.push(engine);
  return engine;
}

function application(engine: QueueEngine) {
  const started = applicationOn(engine);
  containers.push(started.container);
  return started;
}

/** What a minifier makes of a class. */
function renamed(service: new () => object, name: string): new () => object {
  Object.defineProperty(service, 'name', { value: name });
  return service;
}

const Bill = defineEvent<number>('bill');

describe('ids of handlers in a queue that is stored', () => {
  it('Q18 classes that a minifier renames get what was stored for them', async () => {
    const engine = opened(sqliteEngine);
    const done: string[] = [];
    const wire = (container: Container, mail: string, bill: string) => {
      class Mailer {
        @Deferred(Job, { queue: JOBS })
        run(payload: number) {
          done.push(`mail ${payload}`);
        }
      }
      class Biller {
        @Deferred(Bill, { queue: JOBS })
        run(payload: number) {
          done.push(`bill ${payload}`);
        }
      }
      build(container, renamed(Mailer, mail));
      build(container, renamed(Biller, bill));
    };
    const first = application(engine);
    wire(first.container, 'a', 'b');
    const { messages } = await first.queue.defer(Job, 1);
    await first.queue.defer(Bill, 2);
    await stop(first.container);
    const second = application(engine);
    wire(second.container, 'b', 'c');
    await start(second.container);
    await until(() => done.length === 2);

    expect(messages.map(({ handler }) => handler)).toEqual(['job/run']);
    expect(done.sort()).toEqual(['bill 2', 'mail 1']);
  });

  it('Q18 two classes with one event and one method are refused, and asked for an id', () => {
    const { container } = application(opened(sqliteEngine));
    class Mailer {
      @Deferred(Job, { queue: JOBS })
      run() {}
    }
    class Biller {
      @Deferred(Job, { queue: JOBS })
      run() {}
    }
    build(container, Mailer);

    expect(() => build(container, Biller)).toThrow(
      expect.objectContaining({
        code: 'CAR5005',
        message: expect.stringMatching(
          /Biller\.run and Mailer\.run share the id "job\/run" in queue "jobs".*\{ id: '…' \}/,
        ),
      }),
    );
  });

  it('Q18 two classes that inherit one method are refused as well', () => {
    const { container } = application(opened(sqliteEngine));
    class Base {
      @Deferred(Job, { queue: JOBS })
      run() {}
    }
    class Mailer extends Base {}
    class Biller extends Base {}
    build(container, Mailer);

    expect(() => build(container, Biller)).toThrow(expect.objectContaining({ code: 'CAR5005' }));
  });

  it('Q18 an earlier id is one handler’s alone, whichever is wired first', () => {
    class Mailer {
      @Deferred(Job, { queue: JOBS, id: 'mailer', previousIds: ['old'] })
      run() {}
    }
    class Biller {
      @Deferred(Job, { queue: JOBS, id: 'biller', previousIds: ['old'] })
      run() {}
    }
    class Newcomer {
      @Deferred(Job, { queue: JOBS, id: 'old' })
      run() {}
    }
    for (const [one, other] of [
      [Mailer, Biller],
      [Mailer, Newcomer],
      [Newcomer, Mailer],
    ] as const) {
      const { container } = application(opened(sqliteEngine));
      build(container, one);

      expect(() => build(container, other)).toThrow(expect.objectContaining({ code: 'CAR5005' }));
    }
  });

  it('Q18 a method of two events is a handler for each, so that the order of its decorators says nothing', async () => {
    const { container, queue } = application(opened(sqliteEngine));
    class Mailer {
      @Deferred(Job, { queue: JOBS })
      @Deferred(Bill, { queue: JOBS })
      run() {}
    }
    build(container, Mailer);

    const receipts = await queue.deferAll([
      [Job, 1],
      [Bill, 2],
    ]);

    expect(receipts.map(({ messages }) => messages.map(({ handler }) => handler))).toEqual([
      ['job/run'],
      ['bill/run'],
    ]);
  });

  it('Q18 a queue in memory keeps such handlers apart by itself: nothing of it is stored', async () => {
    const { container, queue } = application(opened(memoryEngine));
    class Mailer {
      @Deferred(Job, { queue: JOBS })
      run() {}
    }
    class Biller {
      @Deferred(Job, { queue: JOBS })
      run() {}
    }
    build(container, Mailer);
    build(container, Biller);

    const { messages } = await queue.defer(Job, 1);

    expect(messages.map(({ handler }) => handler)).toEqual(['job/run', 'job/run#2']);
  });
});
