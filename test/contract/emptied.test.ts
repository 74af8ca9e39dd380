import { describe, expect, it } from '@jest/globals';
import { On } from 'carillon';
import { census, openScope, scopeOf, start } from 'carillon/inversify';
import { type Container, injectable } from 'inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

@injectable()
class Tower {
  heard = 0;
  @On(Rang)
  hear() {
    this.heard += 1;
  }
}

const REMOVALS: Record<string, (container: Container) => unknown> = {
  'unbindAll()': (container) => (container.unbindAllAsync ?? container.unbindAll).call(container),
  'unbind()': (container) => (container.unbindAsync ?? container.unbind).call(container, Tower),
};

const CASES = Object.keys(REMOVALS).flatMap((removal) =>
  ['singleton', 'transient'].flatMap((kind) =>
    ['root', 'child'].map((where) => [removal, kind, where] as const),
  ),
);

describe('a container that is emptied while a build is under way', () => {
  it.each(CASES)(
    'L22 wires nothing of it and opens no scope: %s, a %s of the %s',
    async (removal, kind, where) => {
      const { container: root } = rootContainer();
      const container = where === 'root' ? root : openScope(root);
      const built = gate();
      const to = container.bind(Tower).toSelf();
      (kind === 'singleton' ? to.inSingletonScope() : to.inTransientScope()).onActivation(
        async (_, tower) => {
          await built.promise;
          return tower;
        },
      );
      const scope = scopeOf(container);
      const getting = container.getAsync(Tower);
      await settle();

      const removing = REMOVALS[removal]?.(container);
      built.open();
      await removing;
      const tower = await getting;
      scopeOf(container).emitter.emit(new Rang());

      expect(tower.heard).toBe(0);
      expect(scopeOf(container)).toBe(scope);
      expect(census(root).handlers).toBe(0);
    },
  );

  it('L22 neither of what start() builds', async () => {
    const { container } = rootContainer();
    const built = gate();
    container
      .bind(Tower)
      .toSelf()
      .inSingletonScope()
      .onActivation(async (_, tower) => {
        await built.promise;
        return tower;
      });
    const scope = scopeOf(container);
    const starting = start(container);
    await settle();

    const removing = REMOVALS['unbindAll()']?.(container);
    built.open();
    await removing;
    await starting;
    await scope.disposeAsync();

    expect(census(container)).toMatchObject({ scopes: 0, handlers: 0 });
    expect(scopeOf(container)).toBe(scope);
  });

  it('L8 L22 what is asked of it afterwards is wired into a new scope', async () => {
    const { container: root } = rootContainer();
    root.bind(Tower).toSelf().inTransientScope();
    const child = openScope(root);
    const before = scopeOf(child);
    await REMOVALS['unbindAll()']?.(child);

    const tower = child.get(Tower);
    scopeOf(child).emitter.emit(new Rang());

    expect(tower.heard).toBe(1);
    expect(scopeOf(child)).not.toBe(before);
  });
});
