/** The assertion that nothing listens or runs any more. */
import { describe, expect, it } from '@jest/globals';
import { Deferred, Every, On, ScopedEmitter, Subscribe } from 'carillon';
import { openScope, scopeOf, stop } from 'carillon/inversify';
import { expectNoLiveHandlers } from 'carillon/testing';
import { Container } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';

class Bell {
  @On('rang')
  hear() {}

  @Subscribe('published')
  receive() {}

  @Deferred('deferred')
  work() {}

  @Every('1m')
  check() {}
}

describe('expectNoLiveHandlers', () => {
  it('names what listens to an emitter, the bus, a queue and a timer, and is content once all has ended', async () => {
    const { container } = rootContainer({ name: 'tower' });
    build(container, Bell);

    expect(() => expectNoLiveHandlers(container)).toThrow(
      /^CAR7051: 4 handler\(s\) of scope "tower"/,
    );
    for (const name of [
      'hear listens to rang',
      'receive listens to published',
      'work listens to deferred',
      'check listens to',
    ]) {
      expect(() => expectNoLiveHandlers(container)).toThrow(`Bell.${name}`);
    }

    await stop(container);
    expect(() => expectNoLiveHandlers(container)).not.toThrow();
  });

  it('looks at a scope and those below it only', async () => {
    const { container } = rootContainer({ name: 'tower' });
    build(container, Bell);
    const visit = openScope(container, { name: 'visit' });
    const inner = openScope(visit, { name: 'inner' });

    expect(() => expectNoLiveHandlers(visit)).not.toThrow();
    inner.get(ScopedEmitter).on('rang', function listen() {});

    expect(() => expectNoLiveHandlers(visit)).toThrow(
      'listen listens to rang in "tower/visit/inner"',
    );
    await scopeOf(visit).disposeAsync();
    expect(() => expectNoLiveHandlers(visit)).not.toThrow();
  });

  it('names a handler that still runs', async () => {
    const { container } = rootContainer({ name: 'tower' });
    const { promise, open } = gate();
    const emitter = container.get(ScopedEmitter);
    const off = emitter.on('rang', async function echo() {
      await promise;
    });
    const done = emitter.emitAsync('rang', undefined);
    off();

    expect(() => expectNoLiveHandlers(container)).toThrow('echo runs in "tower"');
    open();
    await done;
    expect(() => expectNoLiveHandlers(container)).not.toThrow();
  });

  it('refuses a container without events', () => {
    expect(() => expectNoLiveHandlers(new Container())).toThrow('CAR7053');
  });
});
