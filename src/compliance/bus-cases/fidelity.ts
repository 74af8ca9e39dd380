/** Cases: what a subscriber gets equals what was published, and is its own. */
import type { BusWorld } from '../bus-world.js';
import { type Fidelity, fidelity, REFUSED, spoil } from '../payloads.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';

export const fidelityCases: readonly SuiteCase<BusWorld>[] = [
  {
    title:
      'Q20 Q21 a payload arrives as it was published, and who changes it changes nobody else’s',
    async run(world) {
      const [member, other] = [world.member(), world.member()];
      const heard = new Recorder<Fidelity>();
      const spoiling = (payload: unknown) => {
        expect(payload).toStrictEqual(fidelity());
        spoil(payload as Fidelity);
        heard.record(payload as Fidelity);
      };
      for (const { bus } of [member, member, other]) bus.subscribe('bell', spoiling);
      other.bus.subscribe('*', spoiling);
      await Promise.all([member.bus.start(), other.bus.start()]);
      const payload = fidelity();

      await member.bus.publish('bell', payload);
      await heard.count(4);

      expect(payload).toStrictEqual(fidelity());
      expect([...member.errors, ...other.errors]).toEqual([]);
    },
  },
  {
    title: 'Q20 what cannot travel is refused by its path, and reaches nobody',
    async run(world) {
      const member = world.member();
      const heard = new Recorder();
      member.bus.subscribe('bell', heard.record);
      await member.bus.start();
      const refusals: unknown[] = [];

      for (const [fault, value] of REFUSED) {
        const refusal = await member.bus.publish('bell', { lines: [{ value }] }).then(
          () => undefined,
          (error: unknown) => error as { code: string; message: string },
        );
        const isNamed = refusal?.message.includes(`${fault} at lines[0].value`);
        refusals.push([fault, refusal?.code, isNamed]);
      }
      await member.bus.publish('bell', 'well');
      await heard.count(1);

      expect(refusals).toEqual(REFUSED.map(([fault]) => [fault, 'CAR5037', true]));
      expect(heard.items).toEqual(['well']);
    },
  },
];
