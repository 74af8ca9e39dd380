/** One look over all queues of a provider in PostgreSQL, instead of a claim of each. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueueListener } from '../../../src/engines/postgres/queue-listener.js';
import { QueueLook } from '../../../src/engines/postgres/queue-look.js';
import type { RunSql } from '../../../src/engines/postgres/run-sql.js';
import { ManualClock, settle } from '../../support/manual-clock.js';
import { POSTGRES_PORT, PostgresSchema } from '../../support/postgres-schema.js';
import { withService } from '../../support/service.js';

const POLL = 1000;
const NAMES = Array.from({ length: 200 }, (_, index) => `queue ${index}`);

await withService('PostgreSQL', POSTGRES_PORT, () => {
  let schema: PostgresSchema;
  let clock: ManualClock;
  let listener: QueueListener;
  let woken: string[];
  let looks: Promise<unknown>[];

  beforeEach(async () => {
    schema = await PostgresSchema.migrated();
    clock = new ManualClock();
    listener = new QueueListener(schema.connections(), () => undefined);
    woken = [];
    looks = [];
    for (const name of NAMES) await listener.add(name, () => woken.push(name));
  });

  afterEach(() => {
    listener.close();
    return schema.drop();
  });

  function looking(run: RunSql): QueueLook {
    return new QueueLook((text, values) => {
      const answer = run(text, values);
      looks.push(answer);
      return answer as never;
    }, listener);
  }

  /** Lets time pass up to the next look, and waits until that is over. */
  async function nextLook(): Promise<void> {
    await clock.advance(POLL);
    await Promise.allSettled(looks);
    await settle();
  }

  async function store(queue: string, state: string, key: string | null, due = 0): Promise<void> {
    await schema.query(
      `INSERT INTO carillon_message (id, queue, handler, event, body, state, due, priority, ordering_key, enqueued)
       VALUES ($1, $1, 'worker', 'job', '{}', $2, $4, 0, $3, 0)`,
      [queue, state, key, due],
    );
  }

  describe('a look over idle queues', () => {
    it('Q28 is one statement for 200 queues, and wakes those that have something to do', async () => {
      const look = looking(schema.connections().run);
      await store('queue 1', 'waiting', null);
      await schema.query(`INSERT INTO carillon_bell VALUES ('queue 2', 0, 1, 'key', 'worker')`);
      await schema.query(
        `INSERT INTO carillon_lane (queue, key, handler, head) VALUES ('queue 3', 'key', 'worker', 1)`,
      );
      await store('queue 4', 'delayed', null);
      await store('queue 5', 'active', 'key');
      await store('queue 6', 'delayed', null, 9e15);
      await store('queue 7', 'done', null);
      await store('queue 8', 'dead', null);
      await schema.query(
        `INSERT INTO carillon_lane (queue, key, handler, holder) VALUES ('queue 9', 'key', 'worker', 1)`,
      );
      await store('of another provider', 'waiting', null);
      const ends = NAMES.map(() => look.add({ clock, poll: POLL }));

      await nextLook();
      for (const end of ends) end();

      expect(looks).toHaveLength(1);
      expect(woken.sort()).toEqual(['queue 1', 'queue 2', 'queue 3', 'queue 4', 'queue 5']);
    });

    it('Q26 that fails wakes all, which then see what is wrong', async () => {
      const look = looking(() => Promise.reject(new Error('the server is away')));
      const end = look.add({ clock, poll: POLL });

      await nextLook();
      end();

      expect(woken).toEqual(NAMES);
    });

    it('Q26 waits for its answer before it looks again', async () => {
      const look = looking(() => new Promise(() => undefined));
      const end = look.add({ clock, poll: POLL });

      await clock.advance(5 * POLL);
      end();

      expect(looks).toHaveLength(1);
    });

    it('L4 ends with the last worker, and begins with the next one', async () => {
      const look = looking(schema.connections().run);
      const first = look.add({ clock, poll: POLL });
      const second = look.add({ clock, poll: POLL });

      first();
      first();
      await nextLook();
      second();
      const after = clock.pending;
      const third = look.add({ clock, poll: POLL });
      await nextLook();
      third();

      expect(after).toBe(0);
      expect(looks).toHaveLength(2);
    });
  });
});
