/** Cases: what a handler gets equals what was sent, and is its own. */
import { type Fidelity, fidelity, REFUSED, spoil } from '../payloads.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';

const PAID = 'compliance.paid';

export const fidelityCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q20 Q21 a payload arrives as it was sent, and sending it changes nothing of it',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<Fidelity>();
      member.handle(PAID, heard.record);
      await member.start();
      const payload = fidelity();

      await member.queue.defer(PAID, payload);
      const [arrived] = await heard.count(1);

      expect(arrived).toStrictEqual(fidelity());
      expect(payload).toStrictEqual(fidelity());
    },
  },
  {
    title: 'Q20 what cannot travel is refused by its path, and nothing of it is stored',
    needs: ['durable'],
    async run(world) {
      const member = world.member();
      const refusals: unknown[] = [];

      for (const [fault, value] of REFUSED) {
        const refusal = await member.queue
          .defer(PAID, { lines: [{ value }] }, { queue: JOBS })
          .then(
            () => undefined,
            (error: unknown) => error as { code: string; message: string },
          );
        const isNamed = refusal?.message.includes(`${fault} at lines[0].value`);
        refusals.push([fault, refusal?.code, isNamed]);
      }

      expect(refusals).toEqual(REFUSED.map(([fault]) => [fault, 'CAR5037', true]));
      expect((await member.queue.counts(JOBS)).waiting).toBe(0);
    },
  },
  {
    title:
      'Q21 a handler that changes its payload changes nobody else’s, nor that of its next attempt',
    needs: ['durable'],
    async run(world) {
      const member = world.member({ attempts: 2, backoff: { delay: 10, jitter: 0 } });
      const heard = new Recorder<Fidelity>();
      let isFirst = true;
      const spoiling = (payload: Fidelity) => {
        heard.record({ ...payload });
        expect(payload).toStrictEqual(fidelity());
        spoil(payload);
        const fails = isFirst;
        isFirst = false;
        if (fails) throw new Error('once');
      };
      member.handle(PAID, spoiling);
      member.handle(PAID, spoiling);
      await member.start();
      const payload = fidelity();

      await member.queue.defer(PAID, payload);
      await heard.count(3);

      expect(payload).toStrictEqual(fidelity());
      // What a handler finds wrong is an error of it.
      expect(member.errors.map(({ cause }) => (cause as Error).message)).toEqual(['once']);
    },
  },
];
