/** Ends that meet: of a scope and of one below it, and of one scope that several ask for. */
import { describe, expect, it } from '@jest/globals';
import { type Delivery, DisposalError, On, ScopedEmitter } from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

/** What the end of the scope comes to, once it has. */
function following(end: Promise<unknown>): { outcome: 'pending' | 'ended' | 'failed' } {
  const seen: { outcome: 'pending' | 'ended' | 'failed' } = { outcome: 'pending' };
  end.then(
    () => {
      seen.outcome = 'ended';
    },
    () => {
      seen.outcome = 'failed';
    },
  );
  return seen;
}

describe('ends that meet', () => {
  it('L6 the end of a parent waits for the asynchronous deactivation of a child that was disposed alone', async () => {
    const { container } = rootContainer();
    const parent = openScope(container, { name: 'parent' });
    const child = openScope(parent, { name: 'child' });
    const open = gate();
    const ended: string[] = [];
    class Bell {}
    child
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onDeactivation(async () => {
        await open.promise;
        ended.push('child');
      });
    child.get(Bell);
    scopeOf(parent).onDispose(() => void ended.push('parent'));

    child[Symbol.dispose]();
    const ending = scopeOf(parent).disposeAsync();
    await settle();
    const before = [...ended, scopeOf(child).state, scopeOf(parent).state];
    open.open();
    await ending;

    expect(before).toEqual(['ending', 'ending']);
    expect(ended).toEqual(['child', 'parent']);
  });

  it('L6 the end of a parent waits for the asynchronous deactivation of a child that the program has emptied', async () => {
    const { container } = rootContainer();
    const parent = openScope(container);
    const child = openScope(parent);
    const open = gate();
    const ended: string[] = [];
    class Bell {}
    child
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onDeactivation(async () => {
        ended.push('begun');
        await open.promise;
        ended.push('child');
      });
    child.get(Bell);
    scopeOf(child).onDispose(() => void ended.push('clean-up'));
    const old = scopeOf(child);

    const emptied = (child.unbindAllAsync ?? child.unbindAll).call(child);
    const ending = scopeOf(parent)
      .disposeAsync()
      .then(() => ended.push('parent'));
    await settle();
    const before = [...ended];
    open.open();
    await Promise.all([emptied, ending]);

    expect(before).toEqual(['clean-up', 'begun']);
    expect(ended).toEqual(['clean-up', 'begun', 'child', 'parent']);
    expect(old.state).toBe('ended');
  });

  it('L6 L8 a child whose emptying fails has ended all the same, and holds up nobody', async () => {
    const { container, errors } = rootContainer();
    const parent = openScope(container);
    const child = openScope(parent);
    class Bell {}
    child
      .bind(Bell)
      .toSelf()
      .inSingletonScope()
      .onDeactivation(async () => {
        throw new Error('stuck');
      });
    child.get(Bell);
    const old = scopeOf(child);

    await expect((child.unbindAllAsync ?? child.unbindAll).call(child)).rejects.toThrow('stuck');
    // What could not be removed is still bound: the end tries again, and tells its caller.
    await expect(scopeOf(parent).disposeAsync()).rejects.toMatchObject({
      code: 'CAR3003',
      errors: [expect.objectContaining({ message: 'stuck' })],
    });

    expect({ oldState: old.state, scopeOfState: scopeOf(parent).state, errors }).toEqual({
      oldState: 'ended',
      scopeOfState: 'ended',
      errors: [],
    });
  });

  it('L6 the end of a parent waits for each clean-up of such a child, the youngest child first', async () => {
    const { container } = rootContainer();
    const parent = openScope(container);
    const open = gate();
    const ended: string[] = [];
    const children = ['older', 'younger'].map((name) => {
      const child = scopeOf(openScope(parent, { name }));
      child.onDispose(async () => {
        await Promise.resolve();
        ended.push(`${name}, last`);
      });
      child.onDispose(async () => {
        await open.promise;
        ended.push(`${name}, first`);
      });
      return child;
    });

    children[1]?.dispose();
    const ending = scopeOf(parent).disposeAsync();
    await settle();
    const before = [...ended];
    open.open();
    await ending;

    expect(before).toEqual([]);
    expect(ended).toEqual(['younger, first', 'younger, last', 'older, first', 'older, last']);
    expect(children.map(({ state }) => state)).toEqual(['ended', 'ended']);
  });

  it('L2 the end of a child waits for the clean-ups that the end of its parent has begun', async () => {
    const { container, clock } = rootContainer();
    const above = openScope(container);
    const [parent, child] = [scopeOf(above), scopeOf(openScope(above))];
    const open = gate();
    child.onDispose(() => open.promise);
    child.lease('job');

    const ofChild = following(child.disposeAsync({ drain: 100 }));
    const ofParent = following(parent.disposeAsync({ drain: 0 }));
    await clock.advance(100);
    const before = [ofChild.outcome, ofParent.outcome];
    open.open();
    await settle();

    expect(before).toEqual(['pending', 'pending']);
    expect({ ofChildOutcome: ofChild.outcome, ofParentOutcome: ofParent.outcome }).toEqual({
      ofChildOutcome: 'ended',
      ofParentOutcome: 'ended',
    });
  });

  it('L5 a clean-up that fails reaches whoever waits for it, of the child and of the parent', async () => {
    const { container, errors } = rootContainer();
    const above = openScope(container);
    const [parent, child] = [scopeOf(above), scopeOf(openScope(above))];
    const open = gate();
    child.onDispose(() => open.promise);

    child.dispose();
    const endings = [child, parent].map((scope) =>
      scope.disposeAsync().catch((error: unknown) => error),
    );
    open.fail(new Error('stuck'));
    const failures = await Promise.all(endings);

    for (const failure of failures)
      expect((failure as DisposalError).errors).toEqual([new Error('stuck')]);
    // Nobody took the promise of dispose().
    expect(errors).toEqual([expect.objectContaining({ code: 'CAR3003' })]);
  });

  it.each(['the platform', 'the delivery'] as const)(
    'L4 a handler may await an end that somebody else has begun, known by %s',
    async (by) => {
      const { container, clock } = rootContainer(
        by === 'the platform' ? { context: asyncContext() } : {},
      );
      const request = openScope(container, { drain: 1000 });
      const open = gate();
      const steps: string[] = [];
      class Last {
        @On(Rang)
        async hear(_: Rang, delivery: Delivery) {
          await open.promise;
          await scopeOf(request).disposeAsync(by === 'the platform' ? {} : { delivery });
          steps.push('handler');
        }
      }
      build(request, Last);
      request.get(ScopedEmitter).emit(new Rang());

      const first = scopeOf(request)
        .disposeAsync()
        .then((report) => {
          steps.push('caller');
          return report;
        });
      await settle();
      const before = [...steps];
      open.open();
      await settle();
      const after = [...steps].sort();
      const report = await first;

      expect(before).toEqual([]);
      expect(after).toEqual(['caller', 'handler']);
      expect(report.abandoned).toEqual([]);
      expect(clock.now()).toBe(0);
    },
  );

  it('L4 an end that a handler awaits goes on waiting for the other handlers', async () => {
    const { container } = rootContainer({ context: asyncContext() });
    const request = openScope(container);
    const [asks, works] = [gate(), gate()];
    let isWorkDone = false;
    let wasWorkDone: boolean | undefined;
    class Asking {
      @On(Rang)
      async hear() {
        await asks.promise;
        await scopeOf(request).disposeAsync();
        wasWorkDone = isWorkDone;
      }
    }
    class Working {
      @On(Rang)
      async hear() {
        await works.promise;
        isWorkDone = true;
      }
    }
    build(request, Asking);
    build(request, Working);
    request.get(ScopedEmitter).emit(new Rang());

    const ending = following(scopeOf(request).disposeAsync());
    asks.open();
    await settle();
    const before = ending.outcome;
    works.open();
    await settle();

    expect(before).toBe('pending');
    expect({ outcome: ending.outcome, wasWorkDone }).toEqual({
      outcome: 'ended',
      wasWorkDone: true,
    });
  });

  it('L4 a handler of a scope below may await the end of a scope above that has begun, and so may what led to it', async () => {
    const { container, clock } = rootContainer({ context: asyncContext() });
    const parent = openScope(container, { drain: 1000 });
    const child = openScope(parent);
    const open = gate();
    const steps: string[] = [];
    class Asked {}
    class Outer {
      @On(Rang)
      async hear() {
        await child.get(ScopedEmitter).emitAsync(new Asked());
        steps.push('outer');
      }
    }
    class Inner {
      @On(Asked)
      async hear() {
        await open.promise;
        await scopeOf(parent).disposeAsync();
        steps.push('inner');
      }
    }
    build(parent, Outer);
    build(child, Inner);
    parent.get(ScopedEmitter).emit(new Rang());

    const end = following(scopeOf(parent).disposeAsync());
    await settle();
    const before = end.outcome;
    open.open();
    await clock.advance(0);

    expect(before).toBe('pending');
    expect(end.outcome).toBe('ended');
    expect(steps).toEqual(['inner', 'outer']);
  });
});
