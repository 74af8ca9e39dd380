/** `quiesce()` on each engine: another application gets what is sent from then on, and the one that is quiet sends it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type BusProvider, Deferred, EventType, type QueueProvider, Subscribe } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { jetStreamQueue, natsBus } from 'carillon/nats';
import { postgresBus, postgresQueue } from 'carillon/postgres';
import { rabbitBus, rabbitQueue } from 'carillon/rabbitmq';
import { redisBus, redisQueue } from 'carillon/redis';
import { gate } from '../support/gate.js';
import { removeExchange, removeQueues } from '../support/rabbit-queues.js';
import { administer, removeKeys, removeStreams } from '../support/remove-queues.js';
import { withService } from '../support/service.js';

@EventType({ name: 'quiet.rang' })
class Rang {
  constructor(readonly note: string) {}
}

interface Engine {
  bus(): BusProvider;
  queue(): QueueProvider;
}

/** An application that notes what it gets; it handles a first message only when it is told to. */
async function listening(engine: Engine, first: Promise<void>) {
  const got = { published: [] as string[], deferred: [] as string[] };
  const waiting: (() => void)[] = [];
  const app = createApplication({
    bus: engine.bus(),
    queues: { default: { provider: engine.queue(), concurrency: 4 } },
  });
  const heard = (notes: string[], note: string) => {
    notes.push(note);
    for (const look of waiting) look();
  };
  class Bell {
    @Subscribe(Rang)
    receive({ note }: Rang) {
      heard(got.published, note);
    }

    @Deferred(Rang, { id: 'bell' })
    async work({ note }: Rang) {
      heard(got.deferred, note);
      if (note === 'first') await first;
    }
  }
  app.attach(new Bell());
  await app.start();
  const until = (isThere: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => isThere() && resolve();
      waiting.push(look);
      look();
    });
  return { app, got, until };
}

function describeQuiet(name: string, engine: Engine): void {
  it(`takes nothing more from ${name}, waits for what it has, and still sends`, async () => {
    const finish = gate();
    const first = await listening(engine, finish.promise);
    const sent = Array.from({ length: 10 }, (_, index) => `${index}`);
    await first.app.events.defer(new Rang('first'));
    await first.until(() => first.got.deferred.includes('first'));
    let isQuiet = false;

    const quiet = first.app.quiesce({ drain: '10m' }).then(() => {
      isQuiet = true;
    });
    const second = await listening(engine, Promise.resolve());
    for (const note of sent) {
      await first.app.events.defer(new Rang(note));
      await first.app.events.publish(new Rang(note));
    }
    const { got } = second;
    await second.until(() => got.deferred.length + got.published.length >= 2 * sent.length);
    const wasQuiet = isQuiet;
    finish.open();
    await quiet;
    await Promise.all([first.app.stop(), second.app.stop()]);

    expect({ deferred: first.got.deferred, published: first.got.published }).toEqual({
      deferred: ['first'],
      published: [],
    });
    expect([new Set(got.deferred), new Set(got.published)]).toEqual([new Set(sent), new Set(sent)]);
    expect(wasQuiet).toBe(false);
  });
}

const prefix = `test-${randomUUID()}`;
const schema = prefix.replaceAll('-', '_');
const postgres = {
  url: 'postgres://postgres@127.0.0.1:5432/test',
  connection: { options: `-c search_path=${schema}` },
};

await withService('Redis', 6379, () => {
  afterAll(() => removeKeys(prefix));
  describeQuiet('Redis', {
    bus: () => redisBus({ stream: prefix }),
    queue: () => redisQueue({ prefix }),
  });
});

await withService('NATS', 4222, () => {
  afterAll(() => removeStreams(prefix));
  describeQuiet('NATS', {
    bus: () => natsBus({ prefix }),
    queue: () => jetStreamQueue({ prefix }),
  });
});

await withService('RabbitMQ', 5672, () => {
  afterAll(async () => {
    await removeQueues(prefix, 'default');
    await removeExchange(prefix);
  });
  describeQuiet('RabbitMQ', {
    bus: () => rabbitBus({ exchange: prefix }),
    queue: () => rabbitQueue({ prefix }),
  });
});

await withService('PostgreSQL', 5432, () => {
  beforeAll(() => administer(`CREATE SCHEMA ${schema}`));
  afterAll(() => administer(`DROP SCHEMA ${schema} CASCADE`));
  describeQuiet('PostgreSQL', {
    bus: () => postgresBus(postgres),
    queue: () => postgresQueue(postgres),
  });
});
