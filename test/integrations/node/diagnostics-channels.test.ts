/** The diagnostics channels of Node: what they tell, and that they cost nothing while nobody listens. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, EventBus, EventQueue, EventType, On, ScopedEmitter, Subscribe } from 'carillon';
import { events, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { diagnosticsChannels } from 'carillon/node';
import { Container } from 'inversify';
import { build } from '../../support/container.js';

@EventType({ name: 'order.placed' })
class OrderPlaced {
  constructor(readonly id: string) {}
}

class Shop {
  @On(OrderPlaced)
  pack({ id }: OrderPlaced) {
    if (id === 'broken') throw new TypeError('nothing to pack');
    return 'packed';
  }

  @Subscribe(OrderPlaced)
  note() {}

  @Deferred(OrderPlaced, { attempts: 1 })
  async bill({ id }: OrderPlaced) {
    await Promise.resolve();
    if (id === 'broken') throw new TypeError('no address');
  }
}

const PARTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function shop() {
  const container = new Container();
  // What a handler throws is told by its channel.
  container.register(events({ name: 'shop', onError: () => undefined }));
  build(container, Shop);
  ends.push(() => stop(container));
  return { container, emitter: container.get(ScopedEmitter) };
}

/** Hears all channels of one name. */
function listen(name: string) {
  const heard: [string, Record<string, unknown>][] = [];
  for (const part of PARTS) {
    const listener = (message: unknown) =>
      void heard.push([part, message as Record<string, unknown>]);
    subscribe(`tracing:${name}:${part}`, listener);
    ends.push(() => unsubscribe(`tracing:${name}:${part}`, listener));
  }
  return { heard, parts: () => heard.map(([part]) => part) };
}

describe('the channels', () => {
  it('tell of an emit around its handlers', () => {
    const { container, emitter } = shop();
    diagnosticsChannels(container);
    const { heard } = listen('carillon:emit');
    const order = new OrderPlaced('42');

    emitter.on(OrderPlaced, () => void heard.push(['handler', {}]));
    emitter.emit(order);

    expect(heard.map(([part]) => part)).toEqual(['start', 'handler', 'end']);
    expect(heard[0]?.[1]).toEqual({
      event: 'OrderPlaced',
      payload: order,
      scope: 'shop',
      result: undefined,
    });
    expect(heard[2]?.[1]).toBe(heard[0]?.[1]);
  });

  it('tell of a handler: what it was given, what it returns and what it throws', () => {
    const { container, emitter } = shop();
    diagnosticsChannels(container);
    const { heard, parts } = listen('carillon:handle');

    emitter.emit(new OrderPlaced('42'));
    emitter.emit(new OrderPlaced('broken'));

    expect(parts()).toEqual(['start', 'end', 'start', 'error', 'end']);
    expect(heard[1]?.[1]).toMatchObject({
      verb: 'On',
      handler: 'Shop.pack',
      event: 'OrderPlaced',
      scope: 'shop',
      message: undefined,
      result: 'packed',
    });
    expect(heard[3]?.[1]['error']).toEqual(new TypeError('nothing to pack'));
  });

  it('tell of messages until they are accepted, and until their handlers have settled', async () => {
    const { container } = shop();
    diagnosticsChannels(container);
    await start(container);
    const [published, enqueued, handled] = ['publish', 'enqueue', 'handle'].map((name) =>
      listen(`carillon:${name}`),
    );

    await container.get(EventBus).publish(new OrderPlaced('42'));
    const { id } = await container.get(EventQueue).defer(new OrderPlaced('broken'));
    await stop(container, { drain: '1s' });

    const whole = ['start', 'end', 'asyncStart', 'asyncEnd'];
    expect([published?.parts(), enqueued?.parts()]).toEqual([whole, whole]);
    expect(enqueued?.heard[3]?.[1]).toMatchObject({ event: 'OrderPlaced', result: { id } });
    const billed = handled?.heard.filter(([, { handler }]) => handler === 'Shop.bill') ?? [];
    expect(billed.map(([part]) => part)).toEqual([
      'start',
      'end',
      'error',
      'asyncStart',
      'asyncEnd',
    ]);
    expect(billed[0]?.[1]).toMatchObject({ verb: 'Deferred', message: { attempt: 1 } });
    expect(billed[2]?.[1]['error']).toEqual(new TypeError('no address'));
  });

  it('tell of the life of a scope that is opened while somebody listens', async () => {
    const { container } = shop();
    const earlier = openScope(container, { name: 'earlier' });
    diagnosticsChannels(container);
    const { heard, parts } = listen('carillon:scope');

    const request = openScope(container, { name: 'request' });
    expect(parts()).toEqual(['start', 'end']);
    await scopeOf(request).disposeAsync();
    await scopeOf(earlier).disposeAsync();

    expect(parts()).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(heard[3]?.[1]).toEqual({ name: 'request', scope: 'shop/request' });
  });

  it('carry what a subscriber stores into the handlers', () => {
    const { container, emitter } = shop();
    diagnosticsChannels(container);
    const span = new AsyncLocalStorage<string>();
    const starts: Channel = channel('tracing:carillon:emit:start');
    starts.bindStore(span, () => 'of the emit');
    ends.push(() => starts.unbindStore(span));
    const seen: unknown[] = [];

    emitter.on(OrderPlaced, () => void seen.push(span.getStore()));
    emitter.emit(new OrderPlaced('42'));

    expect(seen).toEqual(['of the emit']);
  });
});

describe('without subscribers', () => {
  type Runtime = { fastPathDepth: number; interceptors: unknown[]; leaks: unknown };

  it('everything takes its fast path, before the first and after the last of them', () => {
    const { container } = shop();
    const { runtime } = scopeOf(container) as unknown as { runtime: Runtime };
    const state = () => [runtime.fastPathDepth, runtime.interceptors.length, runtime.leaks];
    const untouched = state();
    diagnosticsChannels(container);
    const before = state();
    const names = ['emit', 'handle', 'scope'].map((name) => `tracing:carillon:${name}:start`);
    const listener = () => undefined;

    for (const name of names) subscribe(name, listener);
    const during = state();
    for (const name of names) unsubscribe(name, listener);

    expect(before).toEqual(untouched);
    expect(during).toEqual([-1, 1, expect.anything()]);
    expect(state()).toEqual(untouched);
  });

  it('a handler that was called before is told of from then on, of whatever sort it is', async () => {
    const { container, emitter } = shop();
    const called: string[] = [];
    emitter.on(OrderPlaced, () => void called.push('plain'));
    emitter.on(OrderPlaced, async () => void called.push('asynchronous'));
    emitter.on(OrderPlaced, (_, { event }) => void called.push(event));
    diagnosticsChannels(container);
    const order = new OrderPlaced('42');
    const emitTwice = async () => {
      emitter.emit(order);
      await emitter.emitAsync(order);
    };
    await emitTwice();
    const { heard, parts } = listen('carillon:handle');

    await emitTwice();

    // Its own, and the three.
    expect(parts().filter((part) => part === 'start')).toHaveLength(2 * 4);
    expect(heard.every(([, { event }]) => event === 'OrderPlaced')).toBe(true);
    expect(called).toHaveLength(4 * 3);
  });

  it('nothing is told once it is stopped, or the application has ended', async () => {
    const [one, two] = [shop(), shop()];
    const end = diagnosticsChannels(one.container);
    diagnosticsChannels(two.container);
    const { heard } = listen('carillon:emit');

    end();
    one.emitter.emit(new OrderPlaced('42'));
    await stop(two.container);
    const { runtime } = scopeOf(two.container) as unknown as { runtime: Runtime };

    expect(heard).toEqual([]);
    expect(runtime.fastPathDepth).toBeGreaterThan(0);
  });

  it('subscribers that came first are heard, too', () => {
    const { container, emitter } = shop();
    const { parts } = listen('carillon:emit');

    diagnosticsChannels(container);
    emitter.emit(new OrderPlaced('42'));

    expect(parts()).toEqual(['start', 'end']);
  });
});
