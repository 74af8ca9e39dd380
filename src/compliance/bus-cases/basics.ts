/** Cases: what is published arrives as it was. */
import type { MessageFacts } from '../../../decorators/delivery.js';
import type { BusWorld } from '../bus-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';
import { OrderPlaced, RushOrderPlaced, Tick } from './events.js';

const HOUR = 3_600_000;

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

export const basicCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q10 delivers by topic to every process, the publisher’s own included, once each',
    async run(world) {
      const [one, other] = [world.member(), world.member()];
      const [heardByOne, heardByOther] = [new Recorder(), new Recorder()];
      one.bus.subscribe('bell', heardByOne.record);
      other.bus.subscribe('bell', heardByOther.record);
      await Promise.all([one.bus.start(), other.bus.start()]);

      for (const number of [1, 2, 3]) await one.bus.publish('bell', number);

      expect(await heardByOther.count(3)).toEqual([1, 2, 3]);
      expect(await heardByOne.count(3)).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'delivers by event class: rebuilt, and to handlers of its base',
    async run(world) {
      const member = world.member();
      const [exact, base] = [new Recorder<RushOrderPlaced>(), new Recorder<OrderPlaced>()];
      member.bus.subscribe(RushOrderPlaced, exact.record);
      member.bus.subscribe(OrderPlaced, base.record);
      await member.bus.start();

      await member.bus.publish(new RushOrderPlaced('42', 7));
      const [[rush], [order]] = [await exact.count(1), await base.count(1)];

      expect(rush).toBeInstanceOf(RushOrderPlaced);
      expect(order).toBeInstanceOf(RushOrderPlaced);
      expect(order?.label).toBe('42: 7');
    },
  },
  {
    title: 'delivers by token, and not to the topic of that name',
    async run(world) {
      const member = world.member();
      const [token, topic] = [new Recorder(), new Recorder()];
      member.bus.subscribe(Tick, token.record);
      member.bus.subscribe('compliance.tick', topic.record);
      await member.bus.start();

      await member.bus.publish(Tick, 1);
      await member.bus.publish('compliance.tick', 2);

      expect(await topic.count(1)).toEqual([2]);
      expect(await token.count(1)).toEqual([1]);
    },
  },
  {
    title: 'two handlers both receive, in the order of their priority',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.bus.subscribe('bell', () => heard.record('second'));
      member.bus.subscribe('bell', () => heard.record('first'), { priority: 1 });
      await member.bus.start();

      await member.bus.publish('bell', 1);

      expect(await heard.count(2)).toEqual(['first', 'second']);
    },
  },
  {
    title: 'E10 patterns reach one segment, or any number, and no more',
    async run(world) {
      const member = world.member();
      const patterns = ['order.*', 'order.**', '**.paid', 'order.*.paid', '**'];
      const heard = new Map(patterns.map((pattern) => [pattern, new Recorder()]));
      for (const [pattern, { record }] of heard) member.bus.subscribe(pattern, record);
      await member.bus.start();

      const topics = [
        'order',
        'order.paid',
        'order.eu.paid',
        'order.eu.west.paid',
        'bill.paid',
        'end',
      ];
      for (const topic of topics) await member.bus.publish(topic, topic);

      const expected = {
        'order.*': ['order.paid'],
        'order.**': ['order', 'order.paid', 'order.eu.paid', 'order.eu.west.paid'],
        '**.paid': ['order.paid', 'order.eu.paid', 'order.eu.west.paid', 'bill.paid'],
        'order.*.paid': ['order.eu.paid'],
        '**': topics,
      };
      for (const [pattern, topics] of Object.entries(expected)) {
        expect(await heard.get(pattern)?.count(topics.length)).toEqual(topics);
      }
    },
  },
  {
    title: 'topics keep apart that differ in signs with a meaning for engines',
    async run(world) {
      const member = world.member();
      const topics = [
        'a b',
        'a#b',
        'a>',
        '->',
        '##',
        'a/b',
        'größe',
        'a:b',
        "a'b",
        'a%20b',
        'a_b',
        'A_B',
      ];
      const heard = new Map(topics.map((topic) => [topic, new Recorder()]));
      for (const [topic, { record }] of heard) member.bus.subscribe(topic, record);
      await member.bus.start();

      for (const topic of topics) await member.bus.publish(topic, topic);

      for (const topic of topics) expect(await heard.get(topic)?.count(1)).toEqual([topic]);
    },
  },
  {
    title: 'unicode and binary payloads round-trip, and nothing at all',
    async run(world) {
      const member = world.member();
      const heard = new Recorder();
      member.bus.subscribe('payload', heard.record);
      await member.bus.start();
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);

      await member.bus.publish('payload', {
        text: 'größe ☃ 🔔 \u0000 \u2028',
        list: [null, true, 1.5, -1],
      });
      await member.bus.publish('payload', bytes);
      await member.bus.publish('payload', undefined);
      const [json, binary, nothing] = await heard.count(3);

      expect(json).toEqual({ text: 'größe ☃ 🔔 \u0000 \u2028', list: [null, true, 1.5, -1] });
      expect(Array.from(binary as Uint8Array)).toEqual(Array.from(bytes));
      expect(nothing).toBe(undefined);
    },
  },
  {
    title: 'a large payload arrives, or is refused clearly',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.bus.subscribe('payload', (payload) => heard.record(payload as string));
      await member.bus.start();
      const large = 'x'.repeat(500_000);

      const refusal = await member.bus
        .publish('payload', large)
        .catch((error: unknown) => error as { code: string });
      await member.bus.publish('payload', 'small');
      const arrived = await heard.count(refusal === undefined ? 2 : 1);

      expect(refusal?.code ?? 'none').toBe(refusal === undefined ? 'none' : 'CAR5040');
      expect(arrived.map((payload) => payload.length)).toEqual(
        refusal === undefined ? [500_000, 5] : [5],
      );
    },
  },
  {
    title: 'keeps the order of one publisher',
    async run(world) {
      const [publisher, subscriber] = [world.member(), world.member()];
      const heard = new Recorder<number>();
      subscriber.bus.subscribe('bell', (number) => heard.record(number as number));
      await Promise.all([publisher.bus.start(), subscriber.bus.start()]);
      const numbers = Array.from({ length: 200 }, (_, number) => number);

      await Promise.all(numbers.map((number) => publisher.bus.publish('bell', number)));

      expect(await heard.count(200)).toEqual(numbers);
    },
  },
  {
    title: 'E13 keeps what is published before the start, and sends it then',
    async run(world) {
      const member = world.member();
      const heard = new Recorder();
      member.bus.subscribe('bell', heard.record);

      const published = member.bus.publish('bell', 'early');
      await member.bus.start();
      await published;

      expect(await heard.count(1)).toEqual(['early']);
    },
  },
  {
    title: 'is ready only once subscribed, also for what subscribes after the start',
    async run(world) {
      const [publisher, subscriber] = [world.member(), world.member()];
      await Promise.all([publisher.bus.start(), subscriber.bus.start()]);
      const heard = new Recorder();
      subscriber.bus.subscribe('bell', heard.record);
      subscriber.bus.subscribe('late.*', heard.record);
      await subscriber.bus.ready();

      await publisher.bus.publish('bell', 1);
      await publisher.bus.publish('late.bell', 2);

      expect([...(await heard.count(2))].sort()).toEqual([1, 2]);
    },
  },
  {
    title: 'Q4 what cannot be read is reported and stops nothing',
    async run(world) {
      const member = world.member();
      const heard = new Recorder();
      member.bus.subscribe('bell', heard.record);
      await member.bus.start();
      const hostile =
        '{"specversion":"1.0","id":"1","source":"/x","type":"bell","data":{"__proto__":{"polluted":true}}}';

      await member.transport?.publish({ topic: 'bell', id: 'poison', text: '{' });
      await member.transport?.publish({ topic: 'bell', id: 'hostile', text: hostile });
      await member.bus.publish('bell', 'well');

      expect(await heard.count(1)).toEqual(['well']);
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR5033', 'CAR5034']);
    },
  },
  {
    title: 'Q11 understands what another program wrote, for handlers of the topic and of the class',
    async run(world) {
      const member = world.member();
      const [topic, order] = [new Recorder(), new Recorder()];
      member.bus.subscribe('compliance.order.placed', topic.record);
      member.bus.subscribe(OrderPlaced, order.record);
      await member.bus.start();
      const data = { id: '42', total: 7 };
      const text = JSON.stringify({
        specversion: '1.0',
        id: 'f',
        source: '/foreign',
        type: 'compliance.order.placed',
        data,
      });

      await member.transport?.publish({ topic: 'compliance.order.placed', id: 'f', text });
      const [[raw], [rebuilt]] = [await topic.count(1), await order.count(1)];

      expect(raw).toEqual(data);
      expect(rebuilt).toBeInstanceOf(OrderPlaced);
    },
  },
  {
    title: 'Q11 a message tells its subscriber its id, type, source and time',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<MessageFacts | undefined>();
      member.bus.subscribe('bell.*', (_, { event, message }) => {
        expect(event).toBe('bell.rang');
        heard.record(message);
      });
      await member.bus.start();

      await member.bus.publish('bell.rang', 1);
      const [facts] = await heard.count(1);

      expect(facts).toMatchObject({ type: 'bell.rang', source: '/member%201', attempt: 1 });
      expect(facts?.correlationId).toBe(facts?.id);
      const time = facts?.time.getTime() ?? 0;
      // The date may be set meanwhile, or be another machine's.
      expect(Math.abs(time - Date.now()) < HOUR).toBe(true);
    },
  },
  {
    title:
      'Q11 what a subscriber publishes goes on with the correlation and the trace of its message, which is the cause',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<MessageFacts | undefined>();
      member.bus.subscribe('bell', () => void member.bus.publish('echo', 1));
      member.bus.subscribe('echo', (_, { message }) => heard.record(message));
      await member.bus.start();
      const story = { correlationid: 'story-1', traceparent: TRACE, tracestate: 'vendor=1' };
      const text = JSON.stringify({
        specversion: '1.0',
        id: 'foreign-1',
        source: '/foreign',
        type: 'bell',
        ...story,
        data: 1,
      });

      await member.transport?.publish({ topic: 'bell', id: 'foreign-1', text });

      const continued = {
        correlationId: 'story-1',
        causationId: 'foreign-1',
        traceparent: TRACE,
        tracestate: 'vendor=1',
      };
      expect(await heard.count(1)).toMatchObject([continued]);
    },
  },
];
