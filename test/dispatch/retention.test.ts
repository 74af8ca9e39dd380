/** What nobody can hear any more is let go, also beside many that stay. */
import { describe, expect, it } from '@jest/globals';
import { createScope, Deferred, EventBus, Subscribe } from 'carillon';
import { openScope } from 'carillon/inversify';
import type { Container } from 'inversify';
import { collectUntil, isCollected } from '../support/collected.js';
import { rootContainer } from '../support/container.js';

class Rang {}

class Listener {
  @Subscribe(Rang)
  hear() {}

  @Deferred(Rang)
  work() {}
}

/** Builds a listener in a scope of its own, ends the scope, and keeps no strong reference to either. */
async function listenAndEnd(container: Container): Promise<WeakRef<Listener>> {
  const child = openScope(container);
  child.bind(Listener).toSelf().inSingletonScope();
  const listener = new WeakRef(child.get(Listener));
  await child[Symbol.asyncDispose]();
  return listener;
}

describe('a listener whose scope has ended', () => {
  it.each([0, 1, 10])('L9 is collected beside %p subscribers that stay', async (stay) => {
    const { container } = rootContainer();
    for (let index = 0; index < stay; index += 1) {
      container.bind(`stays ${index}`).toConstantValue(new Listener());
      container.get(`stays ${index}`);
    }
    container.get(EventBus).subscribe(Rang, () => undefined);

    const listener = await listenAndEnd(container);

    expect(await isCollected(listener)).toBe(true);
  });
});

describe('a container of which many scopes have been collected', () => {
  it('L9 goes on telling the plans of those that live', async () => {
    const { container } = rootContainer();
    container.bind('bell').toConstantValue(new Listener());
    const first = new WeakRef(openScope(container));
    for (let index = 0; index < 200; index += 1) await openScope(container)[Symbol.asyncDispose]();
    await first.deref()?.[Symbol.asyncDispose]();
    const living = Array.from({ length: 10 }, () => openScope(container));
    await collectUntil(() => first.deref() === undefined);

    await container.unbind('bell');
    container.bind('bell').toConstantValue('another');

    expect(first.deref()).toBeUndefined();
    expect(living.map((scope) => scope.get('bell'))).toEqual(living.map(() => 'another'));
  });
});

describe('an emitter that many topics came and went on', () => {
  const KEPT = 32;

  it('keeps a few of those that nobody hears, and lets go of them when they are many', async () => {
    const { emitter } = createScope();
    const classes = Array.from({ length: 1000 }, () => {
      class Passing {}
      emitter.on(Passing, () => undefined)();
      return new WeakRef(Passing);
    });

    const alive = () => classes.filter((passing) => passing.deref() !== undefined).length;
    await collectUntil(() => alive() <= KEPT);

    expect(alive()).toBeLessThanOrEqual(KEPT);
  });

  it('reaches whoever listens to a topic again', () => {
    const { emitter } = createScope();
    const heard: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      const off = emitter.on('topic', (payload) => heard.push(payload));
      emitter.emit('topic' as string, round);
      off();
      emitter.emit('topic' as string, 'nobody');
    }

    expect(heard).toEqual([0, 1, 2]);
  });

  it('forgets with the last handler of an event what that one asked for', () => {
    const { emitter } = createScope();
    const heard: string[] = [];
    class Loud extends Rang {}
    emitter.on(Rang, () => heard.push('exact'), { exact: true })();
    emitter.on(Rang, () => heard.push('any'));

    emitter.emit(new Loud());

    expect(heard).toEqual(['any']);
  });
});
