/** Publishing and subscribing: what is refused, and who is reached. */

import { describe, expect, it } from '@jest/globals';
import { type Delivery, defineEvent, EventBus, Subscribe } from 'carillon';
import { openScope, scopeOf, stop } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

class Rang {}

class Chimed extends Rang {}

describe('the bus', () => {
  it('CAR3001: refuses to publish and to subscribe once the application has ended', async () => {
    const { container } = rootContainer();
    const bus = container.get(EventBus);
    await stop(container);

    const refused = bus.publish(new Rang());

    await expect(refused).rejects.toMatchObject({
      code: 'CAR3001',
      message: expect.stringContaining('Scope "application" has ended'),
    });
    expect(() => bus.subscribe(Rang, () => undefined)).toThrow('CAR3001');
  });

  it.each(['order.*', '**', '*', ''])('CAR4004: refuses to publish the topic %p', async (topic) => {
    const bus = rootContainer().container.get(EventBus);
    const heard: unknown[] = [];
    bus.subscribe('**', (payload) => heard.push(payload));

    const refused = bus.publish(topic, 1);

    await expect(refused).rejects.toMatchObject({
      code: 'CAR4004',
      message: expect.stringContaining(`publish(${JSON.stringify(topic)})`),
    });
    expect(heard).toEqual([]);
  });

  it.each([[undefined], [null], [42], [true], [Rang], [Symbol('rang')], [Object.create(null)]])(
    'CAR4004: refuses to publish %p',
    async (event) => {
      const bus = rootContainer().container.get(EventBus);

      const refused = bus.publish(event as Rang);

      await expect(refused).rejects.toMatchObject({ code: 'CAR4004' });
    },
  );

  it('reaches subscribers of topics, patterns, tokens, classes and base classes', async () => {
    const bus = rootContainer().container.get(EventBus);
    const Tick = defineEvent<number>('bell.rang');
    const heard: string[] = [];
    bus.subscribe('bell.rang', () => heard.push('topic'));
    bus.subscribe('bell.*', () => heard.push('pattern'), { priority: 1 });
    bus.subscribe(Tick, () => heard.push('token'));
    bus.subscribe(Rang, () => heard.push('base'));
    bus.subscribe(Chimed, () => heard.push('class'), { priority: 1 });

    await bus.publish('bell.rang', 1);
    await bus.publish(Tick, 1);
    await bus.publish(new Chimed());
    await bus.publish(new Rang());

    expect(heard).toEqual(['pattern', 'topic', 'token', 'class', 'base', 'base']);
  });

  it('tells a subscriber and interceptors which event was published, whatever the subscriber names', async () => {
    const seen: string[] = [];
    const { container } = rootContainer({
      interceptors: [
        (delivery, next) => {
          seen.push(`around ${delivery.event}`);
          return next();
        },
      ],
    });
    const bus = container.get(EventBus);
    const plain = rootContainer().container.get(EventBus);
    const note = (_: unknown, delivery: Delivery) => void seen.push(delivery.event);

    plain.subscribe('bell.*', note);
    plain.subscribe(Rang, async (event, delivery) => note(event, delivery));
    bus.subscribe('**', () => undefined);
    for (const each of [plain, bus]) {
      await each.publish('bell.rang', 1);
      await each.publish(new Chimed());
    }

    expect(seen).toEqual(['bell.rang', 'Chimed', 'around bell.rang']);
  });

  it('starts its subscribers in the publisher’s turn and does not wait for them', async () => {
    const bus = rootContainer().container.get(EventBus);
    const steps: string[] = [];
    bus.subscribe('bell', () => {
      steps.push('started');
      return new Promise(() => undefined);
    });

    const published = bus.publish('bell', 1);
    steps.push('published');
    await published;

    expect(steps).toEqual(['started', 'published']);
  });

  it('gives errors of subscribers to the application, and publishes well all the same', async () => {
    const { container, errors } = rootContainer();
    const heard: string[] = [];
    class Broken {
      @Subscribe(Rang)
      hear() {
        throw new Error('cracked');
      }
      @Subscribe(Rang)
      async hearLater() {
        throw new Error('cracked later');
      }
      @Subscribe(Rang)
      hearWell() {
        heard.push('well');
      }
    }
    const child = openScope(container, { name: 'request' });
    child.bind(Broken).toSelf().inSingletonScope();
    child.get(Broken);

    await expect(container.get(EventBus).publish(new Rang())).resolves.toBeUndefined();
    await Promise.resolve();

    expect(heard).toEqual(['well']);
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'CAR4001',
        className: 'Broken',
        method: 'hear',
        event: 'Rang',
        scope: 'request',
      }),
      expect.objectContaining({
        code: 'CAR4001',
        method: 'hearLater',
        cause: new Error('cracked later'),
      }),
    ]);
  });

  it('unsubscribes once, by call or by using', async () => {
    const bus = rootContainer().container.get(EventBus);
    const heard: string[] = [];
    const off = bus.subscribe('bell', () => heard.push('called off'));
    bus.subscribe('bell', () => heard.push('stays'));
    {
      using _ = bus.subscribe('bell', () => heard.push('used'));
      await bus.publish('bell', 1);
    }
    off();
    off();

    await bus.publish('bell', 2);

    expect(heard).toEqual(['called off', 'stays', 'used', 'stays']);
  });

  it('L1 reaches no function any more from a publish under way once the application ends', async () => {
    const { container } = rootContainer();
    const bus = container.get(EventBus);
    const heard: string[] = [];
    bus.subscribe('bell', () => {
      heard.push('first');
      scopeOf(container).dispose();
    });
    bus.subscribe('bell', () => heard.push('second'));

    await bus.publish('bell', 1);

    expect(heard).toEqual(['first']);
  });

  it('W12 is not shared by two applications', async () => {
    const [one, other] = [
      rootContainer().container.get(EventBus),
      rootContainer().container.get(EventBus),
    ];
    const heard: unknown[] = [];
    one.subscribe('**', (payload) => heard.push(payload));

    await other.publish('bell', 'other');
    await one.publish('bell', 'one');

    expect(heard).toEqual(['one']);
  });
});
