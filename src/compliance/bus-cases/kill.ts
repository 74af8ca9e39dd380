/** Cases: members of groups and publishers that are killed, with a ledger of what they did. */
import type { BusWorld } from '../bus-world.js';
import { accepted, lost, repeated, reportKill } from '../ledger.js';
import { rollingRestart } from '../rolling-restart.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually } from '../waiting.js';

const WORK = 'compliance.work';

/** A member has one message in progress and one waiting. */
const IN_FLIGHT = 2;

/** Groups that know what their members have not done, and what came while they had none. */
const DURABLE = ['kill', 'groups', 'redelivers', 'keepsForAbsent'];

export const killCases: readonly SuiteCase<BusWorld>[] = [
  {
    title:
      'Q10 a member of a group that is killed in the middle of a message loses nothing: another gets what it had',
    needs: DURABLE,
    async run(world) {
      const { processes } = world;
      const publisher = world.member();
      await publisher.bus.start();
      const first = await processes.subscriber();
      await publisher.bus.publish(WORK, { n: 1, hold: true });
      await eventually(async () => (await processes.ledger()).includes('begun 1'));
      await publisher.bus.publish(WORK, { n: 2 });

      await first.kill();
      const second = await processes.subscriber();
      await eventually(async () => lost(await processes.ledger(), ['1', '2']).length === 0);
      await second.kill();
      const ledger = await processes.ledger();
      reportKill({
        suite: `the bus on ${world.name}`,
        killed: 'a member in the middle of a message',
        ledger,
        promised: ['1', '2'],
        inProgress: IN_FLIGHT,
      });

      expect(ledger.filter((line) => line === 'begun 1')).toHaveLength(2);
      expect(ledger.filter((line) => line === 'done 1')).toHaveLength(1);
    },
  },
  {
    title:
      'Q10 what was accepted survives the kill of the process that published it, for a group whose members are away',
    needs: DURABLE,
    async run(world) {
      const { processes } = world;
      // The engine knows of the group from then on.
      await (await processes.subscriber()).kill();
      const publisher = await processes.publisher();
      await eventually(async () => accepted(await processes.ledger()).length >= 50);

      await publisher.kill();
      const promised = accepted(await processes.ledger());
      const member = await processes.subscriber();
      await eventually(async () => lost(await processes.ledger(), promised).length === 0);
      await member.kill();
      const ledger = await processes.ledger();
      // The member is ended when it may be in the middle of some.
      reportKill({
        suite: `the bus on ${world.name}`,
        killed: 'a process that publishes',
        ledger,
        promised,
        inProgress: IN_FLIGHT,
      });

      expect(lost(ledger, promised)).toEqual([]);
    },
  },
  {
    title:
      'Q10 a rolling restart by kill under a steady stream loses nothing, and repeats at most what was in flight',
    needs: DURABLE,
    async run(world) {
      const { processes } = world;
      const publisher = world.member();
      await publisher.bus.start();
      const { sent, ledger, kills } = await rollingRestart({
        begin: () => processes.subscriber(),
        send: (n) => publisher.bus.publish(WORK, { n }),
        ledger: () => processes.ledger(),
      });
      const inFlight = kills * IN_FLIGHT;
      reportKill({
        suite: `the bus on ${world.name}`,
        killed: 'each member in turn under a steady stream',
        ledger,
        promised: sent,
        inProgress: inFlight,
      });

      expect(lost(ledger, sent)).toEqual([]);
      expect(repeated(ledger) <= inFlight).toBe(true);
    },
  },
];
