/** Random orders of resolution, from a root and from its scopes, against the order in which all is bound. */
import { describe, expect, it } from '@jest/globals';
import { EventBus, On, ScopedEmitter, Subscribe } from 'carillon';
import { audit, openScope, start } from 'carillon/inversify';
import { inject, injectable } from 'inversify';
import { rootContainer } from '../support/container.js';
import { fc } from '../support/properties.js';

@injectable()
class Bell {
  @On('rang')
  ring() {}
}

@injectable()
class Tower {
  constructor(@inject('bell') readonly bell: Bell) {}

  @Subscribe('announced')
  listen() {}
}

@injectable()
class Town {
  constructor(
    @inject(Tower) readonly tower: Tower,
    @inject('visitor') readonly visitor: object,
  ) {}

  @On('rang')
  hear() {}
}

@injectable()
class Visitor {
  constructor(
    @inject(Tower) readonly tower: Tower,
    @inject('bell') readonly bell: Bell,
  ) {}

  @On('rang')
  hear() {}
}

/** What is asked for, of the root (0) or of a scope; each asks for what it alone has a new instance of only once. */
const ASKED = [
  [0, Tower],
  [0, Town],
  [0, 'alias'],
  [0, 'visitor'],
  [1, Tower],
  [1, Town],
  [1, Visitor],
  [1, 'bell'],
  [2, 'alias'],
  [2, Visitor],
] as const;

function wiredBy(order: readonly (typeof ASKED)[number][]): readonly string[] {
  const { container, errors } = rootContainer();
  container.bind('bell').to(Bell).inTransientScope();
  container.bind(Tower).toSelf().inSingletonScope();
  container.bind('alias').toService(Tower);
  container.bind('visitor').toConstantValue(new Bell());
  container.bind(Town).toSelf().inSingletonScope();
  const containers = [
    container,
    openScope(container, { name: 'one' }),
    openScope(container, { name: 'two' }),
  ];
  for (const child of containers.slice(1)) child.bind(Visitor).toSelf().inSingletonScope();
  for (const [index, service] of order) containers[index]?.get<object>(service as never);
  expect(errors).toEqual([]);
  return audit(container)
    .handlers.map(({ owner, className, method }) => `${owner} ${className}.${method}`)
    .sort();
}

describe('the order of resolution', () => {
  it('L19 makes no difference to what is wired, and to whom it belongs', () => {
    const expected = wiredBy(ASKED);

    fc.assert(
      fc.property(fc.shuffledSubarray([...ASKED], { minLength: ASKED.length }), (order) => {
        expect(wiredBy(order)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
    expect(expected).toHaveLength(9);
  });

  it('L19 makes no difference either whether start() or somebody else builds it first', async () => {
    const { container } = rootContainer();
    container.bind('bell').to(Bell).inTransientScope();
    container.bind(Tower).toSelf().inSingletonScope();
    const child = openScope(container, { name: 'one' });
    child.get(Tower);
    await start(container);

    await container.get(EventBus).publish('announced', undefined as never);

    expect(container.get(ScopedEmitter).handlers('rang')).toEqual(['Bell.ring']);
    expect(child.get(ScopedEmitter).handlers('rang')).toEqual([]);
  });
});
