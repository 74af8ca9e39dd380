/** What `on` and `subscribe` refuse: the same as the decorators, and what is no function. */
import { describe, expect, it } from '@jest/globals';
import { EventBus, On, ScopedEmitter } from 'carillon';
import { scopeOf } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

class Rang {}

type Listen = (event: unknown, handler: unknown, options?: unknown) => unknown;

const listeners: readonly [name: string, listen: () => Listen][] = [
  ['on', () => listen(rootContainer().container.get(ScopedEmitter), 'on')],
  ['subscribe', () => listen(rootContainer().container.get(EventBus), 'subscribe')],
];

/** The method as a JavaScript program calls it. */
function listen(service: ScopedEmitter | EventBus, method: 'on' | 'subscribe'): Listen {
  return (...args) => Reflect.apply(Reflect.get(service, method), service, args);
}

describe.each(listeners)('%s', (_, make) => {
  it.each([[undefined], [null], [42], [{}], [Object.create(null)]])(
    'CAR1004: refuses the event %p',
    (event) => {
      const add = make();

      expect(() => add(event, () => 1)).toThrow(expect.objectContaining({ code: 'CAR1004' }));
    },
  );

  it.each(['', 'a..b', 'a.b*', ' a'])('CAR1005: refuses the topic %p', (topic) => {
    const add = make();

    expect(() => add(topic, () => 1)).toThrow(expect.objectContaining({ code: 'CAR1005' }));
  });

  it.each([
    [{ priority: Number.NaN }],
    [{ priority: '1' }],
    [{ before: 'Rang' }],
    [{ after: [Rang, undefined] }],
  ])('CAR1007: refuses the options %p', (options) => {
    const add = make();

    expect(() => add(Rang, () => 1, options)).toThrow(expect.objectContaining({ code: 'CAR1007' }));
  });

  it.each([[undefined], [null], [{ handleEvent() {} }], ['strike']])(
    'CAR4005: refuses the handler %p',
    (handler) => {
      const add = make();

      expect(() => add(Rang, handler)).toThrow(expect.objectContaining({ code: 'CAR4005' }));
    },
  );
});

describe('a method that before or after names', () => {
  it('CAR1007: must exist, or the class is not wired', () => {
    const { container } = rootContainer();
    class Bell {
      hear() {}
    }
    class Listener {
      @On(Rang, { after: [Bell, 'heer'] })
      hear() {}
    }
    container.bind(Listener).toSelf().inSingletonScope();

    expect(() => container.get(Listener)).toThrow(
      expect.objectContaining({
        code: 'CAR1007',
        message: expect.stringMatching(/Listener\.hear .*Bell\.heer/),
      }),
    );
    expect(scopeOf(container).instances.size).toBe(0);
  });
});
