/** Cases: how one scope ends. */
import type { Delivery } from '../../../decorators/delivery.js';
import { Deferred, Subscribe } from '../../../decorators/handlers.js';
import { setTimer } from '../../dispatch/clock.js';
import type { DisposalError } from '../../scope/disposal-report.js';
import type { ContainerWorld } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate } from '../waiting.js';
import { build, buildBell, listener, Rang, ring } from './services.js';

export const disposalCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title:
      'L1 no handler starts any more once dispose() has been called, not even one later in an emit that is under way',
    async run(world) {
      const root = world.root();
      const child = root.child();
      const calls: string[] = [];
      build(
        child,
        'first',
        listener(() => {
          calls.push('first');
          child.dispose();
        }),
      );
      build(
        child,
        'second',
        listener(() => calls.push('second')),
      );

      ring(child);
      ring(child);

      expect(calls).toEqual(['first']);
    },
  },
  {
    title: 'L1 no handler starts from the bus, a queue, a timer or a microtask',
    async run(world) {
      const root = world.root();
      await root.start();
      const child = root.child();
      const calls: string[] = [];
      const named = (name: string) => () => calls.push(name);
      build(child, 'emitter', listener(named('emitter')));
      build(child, 'bus', listener(named('bus'), Subscribe(Rang)));
      build(child, 'queue', listener(named('queue'), Deferred(Rang)));
      const { bus, queue } = root.facade();
      await queue.defer(new Rang());
      setTimer(world.clock, () => ring(child), 10);
      void Promise.resolve().then(() => ring(child));

      child.dispose();
      await bus.publish(new Rang());
      await world.clock.advance(20);

      expect(calls).toEqual([]);
    },
  },
  {
    title: 'L2 the end waits for the handlers that have started',
    async run(world) {
      const child = world.root().child();
      const finish = new Gate();
      const steps: string[] = [];
      build(
        child,
        'slow',
        listener(async () => {
          await finish.promise;
          steps.push('handler');
        }),
      );
      ring(child);

      const ending = child.disposeAsync().then(() => steps.push('ended'));
      await world.clock.advance(1000);
      const before = [...steps];
      finish.open();
      await ending;

      expect({ before, steps }).toEqual({ before: [], steps: ['handler', 'ended'] });
    },
  },
  {
    title: 'L2 the report names the handlers that still run when the drain time is over',
    async run(world) {
      const child = world.root().child({ name: 'request 7', drain: 300, abort: 100 });
      class Stuck extends listener(() => new Promise(() => undefined)) {}
      build(child, 'stuck', Stuck);
      ring(child);
      await world.clock.advance(50);

      const ending = child.scope.disposeAsync();
      await world.clock.advance(400);
      const { abandoned } = await ending;

      expect(abandoned).toEqual([
        { className: 'Stuck', method: 'hear', event: 'Rang', scope: 'request 7', runningFor: 450 },
      ]);
    },
  },
  {
    title: 'L3 signals stay as they are while the drain time runs, and are aborted when it is over',
    async run(world) {
      const child = world.root().child({ drain: 300, abort: 100 });
      let signal: Delivery['signal'] | undefined;
      build(
        child,
        'stuck',
        listener((_: Rang, delivery: Delivery) => {
          signal = delivery.signal;
          return new Promise(() => undefined);
        }),
      );
      ring(child);

      const ending = child.scope.disposeAsync();
      await world.clock.advance(299);
      const before = signal?.aborted;
      await world.clock.advance(1);
      const after = [signal?.aborted, child.scope.state];
      await world.clock.advance(100);
      await ending;

      expect({ before, after }).toEqual({ before: false, after: [true, 'ending'] });
      expect(signal?.reason).toMatchObject({ code: 'CAR3006' });
      expect(child.scope.state).toBe('ended');
    },
  },
  {
    title: 'L4 a second call gets the same promise, and clean-ups run once',
    async run(world) {
      const { scope } = world.root().child();
      let count = 0;
      scope.onDispose(() => {
        count += 1;
      });

      const [first, second] = [scope.disposeAsync(), scope.disposeAsync()];
      await first;
      scope.dispose();

      expect(second).toBe(first);
      expect(scope.disposeAsync()).toBe(first);
      expect(count).toBe(1);
    },
  },
  {
    title: 'L4 a handler may end its own scope and await that, also where somebody else has begun',
    async run(world) {
      for (const isFirst of [true, false]) {
        const child = world.root().child();
        let isEnded = false;
        build(
          child,
          'last',
          listener(async (_: Rang, delivery: Delivery) => {
            await Promise.resolve();
            await child.scope.disposeAsync({ delivery });
            isEnded = true;
          }),
        );
        ring(child);
        if (!isFirst) void child.scope.disposeAsync();
        await world.settle();

        expect({ isEnded, state: child.scope.state }).toEqual({ isEnded: true, state: 'ended' });
      }
    },
  },
  {
    title:
      'L5 a clean-up that fails stops none of the others, and all the errors reach the caller together',
    async run(world) {
      const { scope } = world.root().child();
      const ran: string[] = [];
      for (const name of ['first', 'second']) {
        scope.onDispose(() => {
          ran.push(name);
          throw new Error(name);
        });
      }

      const failure: unknown = await scope.disposeAsync().catch((error: unknown) => error);

      expect(ran).toEqual(['second', 'first']);
      expect((failure as DisposalError).errors.map((error) => (error as Error).message)).toEqual([
        'second',
        'first',
      ]);
      expect({ code: (failure as DisposalError).code, state: scope.state }).toEqual({
        code: 'CAR3003',
        state: 'ended',
      });
    },
  },
  {
    title:
      'L5 a deactivation that fails stops none of the others, and the error reaches the caller',
    needs: ['deactivation'],
    async run(world) {
      const child = world.root().child();
      const ran: string[] = [];
      for (const name of ['first', 'second', 'third']) {
        const deactivation = () => {
          ran.push(name);
          if (name !== 'third') throw new Error(`${name} is stuck`);
        };
        child.bind(name, { class: class {}, lifetime: 'singleton', deactivation });
        child.get(name);
      }

      const failure: unknown = await child.scope.disposeAsync().catch((error: unknown) => error);

      expect([...ran].sort()).toEqual(['first', 'second', 'third']);
      expect(failure).toMatchObject({ code: 'CAR3003' });
      expect(child.scope.state).toBe('ended');
    },
  },
  {
    title: 'L5 the end does not reject because a handler did',
    async run(world) {
      const child = world.root().child();
      const finish = new Gate();
      build(
        child,
        'failing',
        listener(async () => {
          await finish.promise;
          throw new Error('cracked');
        }),
      );
      ring(child);

      const ending = child.scope.disposeAsync();
      finish.open();
      const { abandoned } = await ending;

      expect({ abandoned, codes: world.codes }).toEqual({ abandoned: [], codes: ['CAR4001'] });
    },
  },
  {
    title: 'L12 what was accepted for a handler whose scope has ended waits for the next one',
    async run(world) {
      const root = world.root();
      await root.start();
      const heard: string[] = [];
      const worker = listener(
        ({ note }: Rang) => heard.push(note),
        Deferred(Rang, { id: 'compliance.worker' }),
      );
      const [short, next] = [root.child(), root.child()];
      build(short, 'worker', worker);
      const { queue } = root.facade();
      queue.pause('default');
      await queue.deferAll([[new Rang('one')], [new Rang('two')]]);
      await short.disposeAsync();
      queue.resume('default');

      build(next, 'worker', worker);
      await world.clock.advance(1);

      expect(heard).toEqual(['one', 'two']);
    },
  },
  {
    title: 'L13 an emit after the end reaches nobody, is reported once, and does not throw',
    async run(world) {
      const child = world.root().child();
      const bell = buildBell(child);
      const { emitter } = child.scope;
      child.dispose();

      emitter.emit(new Rang());
      emitter.emit(new Rang());
      const values = await emitter.emitAsync(new Rang());

      expect({ heard: bell.heard, values }).toEqual({ heard: [], values: [] });
      expect([...new Set(world.codes)]).toEqual(['CAR3004']);
    },
  },
  {
    title: 'L13 a publish and a defer after the end are refused',
    async run(world) {
      const child = world.root().child();
      const { events } = child.facade();
      child.dispose();

      await expect(events.publish(new Rang())).rejects.toMatchObject({ code: 'CAR3001' });
      await expect(events.defer(new Rang())).rejects.toMatchObject({ code: 'CAR3001' });
    },
  },
  {
    title:
      'L15 a handler that was left behind does no more harm: its result is dropped, its error is reported once',
    async run(world) {
      const child = world.root().child({ drain: 10, abort: 10 });
      const finish = new Gate();
      build(
        child,
        'late',
        listener(async () => {
          await finish.promise;
          throw new Error('too late');
        }),
      );
      const outcome = child.scope.emitter.emitAsync(new Rang()).catch((error: unknown) => error);

      const ending = child.disposeAsync();
      await world.clock.advance(20);
      await ending;
      const error = await outcome;
      const before = [...world.codes];
      finish.open();
      await world.settle();

      expect(error).toMatchObject({ code: 'CAR4002', errors: [{ cause: { code: 'CAR3005' } }] });
      expect({ before, codes: world.codes }).toEqual({ before: [], codes: ['CAR4001'] });
    },
  },
  {
    title: 'L18 a leased scope ends when the last lease is given back',
    async run(world) {
      const child = world.root().child();
      const bell = buildBell(child);
      const leases = ['response', 'route'].map((reason) => child.scope.lease(reason));

      const ending = child.scope.disposeAsync();
      leases[0]?.release();
      await world.clock.advance(100);
      ring(child, 'still open');
      leases[1]?.release();
      const report = await ending;

      expect(bell.heard).toEqual(['still open']);
      expect({ leases: report.leases, state: child.scope.state }).toEqual({
        leases: 0,
        state: 'ended',
      });
    },
  },
  {
    title: 'L18 a leased scope ends when the drain time is over',
    async run(world) {
      const child = world.root().child({ drain: 200 });
      child.scope.lease('job');

      const ending = child.scope.disposeAsync();
      await world.clock.advance(199);
      const before = child.scope.state;
      await world.clock.advance(1);
      const { leases } = await ending;

      expect({ before, leases, state: child.scope.state }).toEqual({
        before: 'open',
        leases: 1,
        state: 'ended',
      });
    },
  },
];
