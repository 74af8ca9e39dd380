/** Cases: what the program does while a container ends, and what is still under way then. */
import type { Delivery } from '../../../decorators/delivery.js';
import type { ContainerWorld, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate } from '../waiting.js';
import { Bell, build, buildBell, given, listener, listeners, Rang, ring } from './services.js';

/** How a tree of containers ends, with a child in which code of the program runs meanwhile. */
interface Ending {
  readonly root: TestedContainer;
  readonly child: TestedContainer;
  /** What the program does; it is called once. */
  act(): void;
}

/** Where that code can stand. */
const PLACES: readonly (readonly [
  name: string,
  needs: readonly string[],
  prepare: (ending: Ending) => void,
])[] = [
  ['a clean-up of the scope', [], ({ child, act }) => child.scope.onDispose(act)],
  [
    'a deactivation',
    ['deactivation'],
    ({ child, act }) => {
      child.bind('last', { class: class {}, lifetime: 'singleton', deactivation: () => act() });
      child.get('last');
    },
  ],
  [
    'the end of a handler',
    [],
    ({ child, act }) => {
      build(
        child,
        'running',
        listener(async (_: Rang, { signal }: Delivery) => {
          await new Promise<void>((resolve) =>
            signal.addEventListener('abort', () => resolve(), { once: true }),
          );
          act();
        }),
      );
      ring(child);
    },
  ],
];

const actingCases: readonly SuiteCase<ContainerWorld>[] = PLACES.map(([name, needs, prepare]) => ({
  title: `L20 a tree is closed as a whole before the code of the program runs in it: ${name} reaches no handler, and opens no scope`,
  needs,
  async run(world) {
    const root = world.root({ drain: 10, abort: 10 });
    const [child, sibling] = [root.child(), root.child()];
    const bells = [root, child, sibling].map((container) => buildBell(container));
    const emitters = [root, child, sibling].map(({ scope }) => scope.emitter);
    root.bind('transient', { class: Bell, lifetime: 'transient' });
    const opened: unknown[] = [];
    prepare({
      root,
      child,
      act: () => {
        for (const emitter of emitters) emitter.emit(new Rang());
        for (const container of [root, sibling]) opened.push(codeOf(() => container.child()));
        codeOf(() => root.get('transient'));
      },
    });
    const before = bells.map(({ heard }) => heard.length);

    const stopping = root.stop();
    await world.clock.advance(50);
    await stopping;

    expect(opened).toEqual(['CAR3001', 'CAR3001']);
    expect(bells.map(({ heard }) => heard.length)).toEqual(before);
    expect(emitters.map((emitter) => emitter.listenerCount(Rang))).toEqual([0, 0, 0]);
  },
}));

/** The code of the error, if there is one. */
function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
  return undefined;
}

/** How the child is emptied or ended while something of it is being built. */
const INTERRUPTIONS: readonly (readonly [
  name: string,
  needs: readonly string[],
  interrupt: (container: TestedContainer) => unknown,
])[] = [
  ['is emptied', ['empty'], (container) => given(container.empty, 'empty').call(container)],
  ['is disposed', [], (container) => container.disposeAsync()],
];

const buildingCases: readonly SuiteCase<ContainerWorld>[] = INTERRUPTIONS.flatMap(
  ([name, needs, interrupt]) =>
    (['singleton', 'transient'] as const).map((lifetime) => ({
      title: `L22 a container that ${name} during the build of a ${lifetime} does not wire it, and opens no scope for it`,
      needs: ['async', 'activation', ...needs],
      async run(world) {
        const child = world.root({ drain: 10, abort: 10 }).child();
        const { scope } = child;
        const { emitter } = scope;
        const finish = new Gate();
        child.bind('bell', {
          class: Bell,
          lifetime,
          activation: async (bell) => {
            await finish.promise;
            return bell;
          },
        });
        const building = given(child.getAsync, 'getAsync')
          .call(child, 'bell')
          .catch(() => undefined);
        await world.settle();

        const interrupted = interrupt(child);
        finish.open();
        await world.clock.advance(50);
        const bell = (await building) as Bell | undefined;
        await interrupted;
        emitter.emit(new Rang());
        ring(child);

        expect(bell?.heard ?? []).toEqual([]);
        expect(child.scope).toBe(scope);
        expect({
          state: scope.state,
          listenerCount: emitter.listenerCount(Rang),
          listeners: listeners(child),
        }).toEqual({ state: 'ended', listenerCount: 0, listeners: 0 });
      },
    })),
);

export const interruptedCases: readonly SuiteCase<ContainerWorld>[] = [
  ...actingCases,
  {
    title: 'L21 a deactivation that never settles is left behind and reported, and the others run',
    needs: ['deactivation'],
    async run(world) {
      const root = world.root({ drain: 100, abort: 50 });
      const child = root.child({ name: 'request' });
      const ran: string[] = [];
      const endings: Record<string, () => void | Promise<void>> = {
        first: () => void ran.push('first'),
        endless: () => new Promise<void>(() => undefined),
        last: () => void ran.push('last'),
      };
      for (const [service, deactivation] of Object.entries(endings)) {
        child.bind(service, { class: Bell, lifetime: 'singleton', deactivation });
        child.get(service);
      }

      const ending = child.scope.disposeAsync();
      await world.clock.advance(149);
      const before = child.scope.state;
      await world.clock.advance(1);
      // A further abort time, while the others are run.
      await world.clock.advance(50);
      const { cleanups } = await ending;

      expect({ before, state: child.scope.state }).toEqual({ before: 'ending', state: 'ended' });
      expect(cleanups.map(({ scope }) => scope)).toEqual(['request']);
      expect([...ran].sort()).toEqual(['first', 'last']);
    },
  },
  {
    title: 'L21 a deactivation that never settles is named in the report by its class',
    needs: ['deactivation', 'cleanupNames'],
    async run(world) {
      const child = world.root().child({ name: 'request', drain: 0, abort: 0 });
      class Socket {}
      const deactivation = () => new Promise<void>(() => undefined);
      child.bind('socket', { class: Socket, lifetime: 'singleton', deactivation });
      child.get('socket');

      const ending = child.scope.disposeAsync();
      await world.clock.advance(1);
      const { cleanups } = await ending;

      expect(cleanups.map(({ cleanup }) => cleanup.includes('Socket'))).toEqual([true]);
    },
  },
  {
    title:
      'L21 the end of the application does not wait for a child with an endless deactivation any longer than its own time',
    needs: ['deactivation'],
    async run(world) {
      const root = world.root({ drain: 100, abort: 50 });
      const ran: string[] = [];
      root.bind('database', {
        class: Bell,
        lifetime: 'singleton',
        deactivation: () => void ran.push('database'),
      });
      root.get('database');
      const child = root.child();
      const deactivation = () => new Promise<void>(() => undefined);
      child.bind('socket', { class: Bell, lifetime: 'singleton', deactivation });
      child.get('socket');

      const stopping = root.stop();
      await world.clock.advance(150);
      await world.clock.advance(50);
      const { cleanups } = await stopping;

      expect({ length: cleanups.length, ran, state: root.scope.state }).toEqual({
        length: 1,
        ran: ['database'],
        state: 'ended',
      });
    },
  },
  ...buildingCases,
];
