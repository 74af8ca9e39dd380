/** A publish: what refuses it, what comes of it when nobody answers, and publishes inside one another. */
import { describe, expect, it } from '@jest/globals';
import { EventBus, RecursionError } from 'carillon';
import { CarillonError } from 'carillon/decorators';
import { type BusTransport, type RemoteBusOptions, remoteBus } from 'carillon/engine';
import { start, stop } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';

const DAY = 86_400_000;

function application(options: Parameters<typeof rootContainer>[0] = {}) {
  const fixture = rootContainer(options);
  return { ...fixture, bus: fixture.container.get(EventBus) };
}

describe('publishes inside one another', () => {
  it.each<[string, (bus: EventBus, topic: string) => unknown]>([
    ['are awaited', async (bus, topic) => bus.publish(topic, 0)],
    ['are not awaited', (bus, topic) => void bus.publish(topic, 0)],
    ['have their error swallowed', (bus, topic) => bus.publish(topic, 0).catch(() => undefined)],
    ['are many', (bus, topic) => Promise.all([1, 2, 3].map(() => bus.publish(topic, 0)))],
  ])('E17 that go round in a circle end with the chain, where they %s', async (_, publish) => {
    const { bus, errors } = application({ depthLimit: 4 });
    let calls = 0;
    bus.subscribe('ping', function answer() {
      calls += 1;
      return publish(bus, 'pong');
    });
    bus.subscribe('pong', function ask() {
      calls += 1;
      return publish(bus, 'ping');
    });

    await bus.publish('ping', 0);
    await settle();

    expect(calls).toBe(4);
    expect(errors.map(({ code }) => code)).toEqual(['CAR4006']);
    expect(errors[0]).toBeInstanceOf(RecursionError);
    expect((errors[0] as RecursionError).chain).toEqual([
      { event: 'ping', handler: 'answer' },
      { event: 'pong', handler: 'ask' },
      { event: 'ping', handler: 'answer' },
      { event: 'pong', handler: 'ask' },
    ]);
    expect(errors[0]?.message).toContain('ping was published inside itself more than 4 times');
  });

  it('E17 go on once those that went round in a circle have returned', async () => {
    const { bus, errors } = application({ depthLimit: 4 });
    let left = 10;
    bus.subscribe('page', () => {
      left -= 1;
      if (left > 0) void bus.publish('page', 0);
    });

    await bus.publish('page', 0);
    expect(left).toBe(6);
    left = 3;
    await bus.publish('page', 0);

    expect(left).toBe(0);
    expect(errors.map(({ code }) => code)).toEqual(['CAR4006']);
  });

  it('E17 are rejected for whoever awaits them', async () => {
    const { bus } = application({ depthLimit: 1 });
    const codes: unknown[] = [];
    bus.subscribe('page', () => bus.publish('page', 0).catch(({ code }) => codes.push(code)));

    await bus.publish('page', 0);
    await settle();

    expect(codes).toEqual(['CAR4006']);
  });

  it('E17 that go round in a circle longer than the limit end as well', async () => {
    const { bus, errors } = application({ depthLimit: 4 });
    for (let link = 0; link < 10; link += 1)
      bus.subscribe(`link.${link}`, () => void bus.publish(`link.${(link + 1) % 10}`, 0));

    await bus.publish('link.0', 0);
    await settle();

    expect(errors.map(({ code }) => code)).toEqual(['CAR4006']);
    expect((errors[0] as RecursionError).chain).toHaveLength(12);
  });

  it('E17 come to their end where a chain is long and no circle, and never overflow the stack', async () => {
    const { bus, errors } = application();
    const links = 3000;
    let reached = 0;
    for (let link = 0; link < links; link += 1)
      bus.subscribe(`link.${link}`, async () => {
        reached += 1;
        if (link + 1 < links) await bus.publish(`link.${link + 1}`, 0);
      });

    await bus.publish('link.0', 0);
    await settle();

    expect(reached).toBe(links);
    expect(errors).toEqual([]);
  });

  it('E17 L13 are refused where a long chain meets the end of the application', async () => {
    const { bus, container, errors } = application({ depthLimit: 1 });
    await start(container);
    let refusal: unknown;
    bus.subscribe('first', async () => {
      await bus.publish('second', 0).catch((error: unknown) => {
        refusal = error;
      });
    });
    bus.subscribe('second', () => undefined);

    void bus.publish('first', 0);
    await stop(container, { drain: 0, abort: 0 });
    await settle();

    expect({ refusal, errors }).toEqual({
      refusal: expect.objectContaining({ code: 'CAR3001' }),
      errors: [],
    });
  });
});

/** An engine whose publish does what the test says. */
function engine(publish: BusTransport['publish'], options: RemoteBusOptions = {}) {
  const capabilities = {
    groups: false,
    whenFull: ['wait' as const],
    keepsForAbsent: false,
    redelivers: false,
  };
  const transport: BusTransport = {
    name: 'carrier',
    capabilities,
    connect: async () => undefined,
    publish,
    subscribe: async () => async () => undefined,
    close: async () => undefined,
  };
  return remoteBus({ name: 'carrier', capabilities, connect: () => transport }, options);
}

describe('a publish on an engine', () => {
  it('L21 Q22 that is never answered is given up by the end of the application, which names it', async () => {
    const { bus, clock, container } = application({
      bus: engine(() => new Promise(() => undefined)),
    });
    await start(container);
    const refusal = bus.publish('order.placed', 1).catch((error: unknown) => error);
    await settle();

    const stopped = stop(container, { drain: 100, abort: 50 });
    await clock.advance(1000);
    const { cleanups } = await stopped;

    expect(await refusal).toMatchObject({
      code: 'CAR5046',
      message: expect.stringContaining('the application has ended'),
    });
    expect(cleanups.map(({ cleanup }) => cleanup)).toEqual([
      expect.stringMatching(/^the publish of order\.placed \(.+\)$/),
    ]);
  });

  it.each<[string, string, BusTransport['publish']]>([
    ['may have been accepted', 'CAR5046', () => Promise.reject(new Error('connection lost'))],
    ['may have been accepted, whatever is thrown', 'CAR5046', () => Promise.reject(undefined)],
    [
      'was refused',
      'CAR5040',
      () => Promise.reject(new CarillonError('CAR5040', 'The carrier refuses it.')),
    ],
  ])('Q22 tells by its code that it %s', async (_, code, publish) => {
    const { bus, container } = application({ bus: engine(publish) });
    await start(container);

    await expect(bus.publish('order.placed', 1)).rejects.toMatchObject({ code });
    await stop(container);
  });

  it('E22 L21 has as much time as it is given, also without a limit, and ends with the application', async () => {
    const { bus, clock, container } = application({
      bus: engine(() => new Promise(() => undefined), {
        acceptWithin: Number.POSITIVE_INFINITY,
        connectWithin: Number.POSITIVE_INFINITY,
      }),
    });
    await start(container);
    let answer: unknown;
    void bus.publish('order.placed', 1).catch((error: unknown) => {
      answer = error;
    });
    await clock.advance(10_000 * DAY);
    const before = answer;

    const stopped = stop(container, { drain: 100, abort: 50 });
    await clock.advance(1000);
    await stopped;

    expect({ before, answer }).toEqual({
      before: undefined,
      answer: expect.objectContaining({ code: 'CAR5046' }),
    });
  });

  it('E22 has more time than a timer of the platform takes', async () => {
    const { bus, clock, container } = application({
      bus: engine(() => new Promise(() => undefined), { acceptWithin: '60d' }),
    });
    await start(container);
    let answer: unknown;
    void bus.publish('order.placed', 1).catch((error: unknown) => {
      answer = error;
    });
    await clock.advance(60 * DAY - 1);
    const before = answer;
    await clock.advance(1);

    expect({ before, answer }).toEqual({
      before: undefined,
      answer: expect.objectContaining({ code: 'CAR5046' }),
    });
    await stop(container);
  });

  it('Q22 tells that it may have been accepted when its time is over', async () => {
    const { bus, clock, container } = application({
      bus: engine(() => new Promise(() => undefined)),
    });
    await start(container);
    const refusal = bus.publish('order.placed', 1).catch((error: unknown) => error);

    await clock.advance(5000);

    expect(await refusal).toMatchObject({ code: 'CAR5046' });
    await stop(container);
  });
});
