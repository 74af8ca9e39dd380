/** Cases: the server of the engine ends, and is started again. */
import type { BusWorld } from '../bus-world.js';
import { HeldWork } from '../held-work.js';
import { accepted, lost, repeated, reportKill } from '../ledger.js';
import { SteadyStream } from '../steady-stream.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, lasting, Recorder } from '../waiting.js';

/** How many messages arrive once the server is back. */
const SOME = 40;

/** Milliseconds within which what was not confirmed is given to a member again. */
const GIVEN_AGAIN = 4000;

/** One message in progress, one waiting. */
const FEW = { concurrency: 1, limit: 1, whenFull: 'wait' } as const;

export const restartCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q9 is connected and subscribed again after the server was killed and started again',
    needs: ['restart'],
    async run(world) {
      const own = await world.server();
      const member = world.memberOn(own);
      const heard = new Recorder<number>();
      for (const topic of ['bell', '*'])
        member.bus.subscribe(topic, (payload) => heard.record(payload as number));
      await member.bus.start();

      await own.server.kill();
      await own.server.start();
      const stream = new SteadyStream([], (number) => member.bus.publish('bell', number));
      await heard.count(SOME);
      await stream.end();

      expect(heard.items.length >= SOME).toBe(true);
    },
  },
  {
    title:
      'Q9 Q10 a server that ends in order and one that is killed have all that was published, for groups and for others',
    needs: ['restart', 'groups', 'redelivers', 'keepsForAbsent'],
    async run(world) {
      const own = await world.server();
      const [member, publisher] = [world.memberOn(own), world.memberOn(own)];
      const work = new HeldWork();
      const { ledger } = work;
      const alone: string[] = [];
      const handle = (number: unknown) => work.run(number as number);
      member.bus.subscribe('bell', handle, { group: 'mailers', ...FEW });
      member.bus.subscribe('bell', (number) => void alone.push(`done ${number}`));
      await Promise.all([member.bus.start(), publisher.bus.start()]);
      const send = (number: number) => publisher.bus.publish('bell', number);

      // First in order: an engine may need that before it knows a new queue again after a kill.
      for (const end of ['stop', 'kill'] as const) {
        await work.restart({ server: own.server, end, send });
        await eventually(() =>
          [ledger, alone].every((lines) => lost(lines, accepted(ledger)).length === 0),
        );
      }
      await lasting(GIVEN_AGAIN);
      // What one member has, for each end.
      reportKill({
        suite: `the bus on ${world.name}`,
        killed: 'the server, once in order and once not',
        ledger,
        promised: accepted(ledger),
        inProgress: 4,
      });

      expect(lost(ledger, accepted(ledger))).toEqual([]);
      expect(lost(alone, accepted(ledger))).toEqual([]);
      expect(repeated(ledger) <= 4).toBe(true);
    },
  },
];
