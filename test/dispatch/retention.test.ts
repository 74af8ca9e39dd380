/** What nobody can hear any more is let go, also beside many that stay. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Deferred, EventBus, Subscribe } from 'carillon';
import { openScope } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

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

async function isCollected(reference: WeakRef<Listener>): Promise<boolean> {
  for (let tries = 0; tries < 10 && reference.deref() !== undefined; tries += 1) {
    await settle();
    collect();
  }
  return reference.deref() === undefined;
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
    for (let tries = 0; tries < 10 && first.deref() !== undefined; tries += 1) {
      await settle();
      collect();
    }

    await container.unbind('bell');
    container.bind('bell').toConstantValue('another');

    expect(first.deref()).toBeUndefined();
    expect(living.map((scope) => scope.get('bell'))).toEqual(living.map(() => 'another'));
  });
});
