/** The suite of container adapters sees what is broken, and names what it leaves out. */
import { describe, expect, it } from '@jest/globals';
import { type DisposeOptions, Scope, type ScopeOptions } from 'carillon';
import {
  type ConstantBinding,
  type ContainerCapabilities,
  type ContainerUnderTest,
  describeContainerAdapter,
  type RootOptions,
  type TestedBinding,
  type TestedContainer,
  type TestedStart,
} from 'carillon/compliance';
import { inversifyAdapter } from '../support/inversify-adapter.js';
import { TINY, TinyContainer, tinyAdapter } from '../support/tiny-container.js';

type Case = () => Promise<void>;

const RUNNER = ['describe', 'it', 'afterAll', 'console'] as const;

/** The cases of the suite by their titles, those that are left out, and what is printed at the end; none of them is run. */
function casesOf(create: () => ContainerUnderTest, capabilities: ContainerCapabilities) {
  const cases = new Map<string, Case>();
  const leftOut: string[] = [];
  const printed: string[] = [];
  const add = (title: string, body: Case) => void cases.set(title, body);
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: Object.assign(add, { skip: (title: string) => void leftOut.push(title) }),
    afterAll: (body: () => void) => body(),
    console: { info: (text: string) => void printed.push(text) },
  };
  const globals = globalThis as unknown as Record<string, unknown>;
  const before = RUNNER.map((name) => globals[name]);
  Object.assign(globals, runner);
  try {
    describeContainerAdapter('under test', create, capabilities);
  } finally {
    RUNNER.map((name, index) => Object.assign(globals, { [name]: before[index] }));
  }
  return { cases, leftOut, printed };
}

/** The titles of the cases that fail, of all or of those. */
async function failuresOf(
  { cases }: Pick<ReturnType<typeof casesOf>, 'cases'>,
  titles: readonly string[] = [...cases.keys()],
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const title of titles) {
    const run = cases.get(title) ?? missing(title);
    await run().catch(() => failed.push(title));
  }
  return failed;
}

function missing(title: string): never {
  throw new Error(`There is no case "${title}".`);
}

class WiresTheAsker extends TinyContainer {
  protected override singleton(bound: never, asker: TinyContainer): object {
    const instance = super.singleton(bound, asker);
    this.scope.disown(instance);
    (asker as WiresTheAsker).wire(instance);
    return instance;
  }
}

class WiresBeforeActivations extends TinyContainer {
  protected override build(binding: Parameters<TinyContainer['build']>[0], request: never): object {
    if (!('class' in binding)) return super.build(binding, request);
    const { activation, ...rest } = binding;
    const instance = super.build(rest, request);
    this.wire(instance);
    return activation === undefined ? instance : (activation(instance) as object);
  }
}

class WiresEachTime extends TinyContainer {
  override get(service: string): object {
    const instance = super.get(service);
    for (const plan of this.application.plans.of(instance)) {
      if (plan.verb === 'On') this.scope.emitterCore.subscribe(plan, instance);
    }
    return instance;
  }
}

class BuildsFromTheAsker extends TinyContainer {
  protected override resolve(service: string, request: never): object {
    const bound =
      this.bound.get(service) ??
      (this.parent as BuildsFromTheAsker | undefined)?.bound.get(service);
    if (bound === undefined || !('class' in bound.binding)) return super.resolve(service, request);
    if (bound.instance === undefined && bound.binding.lifetime === 'singleton') {
      bound.instance = this.build(bound.binding, new Map() as never);
      (this.bound.has(service) ? this : (this.parent as BuildsFromTheAsker)).wire(bound.instance);
    }
    return bound.instance ?? super.resolve(service, request);
  }
}

class UnbindsAndForgets extends TinyContainer {
  protected override silence(): void {}
}

class StartsNothing extends TinyContainer {
  override async start() {
    await this.application.bus.start();
    await this.application.queue.start();
    return { built: [], failed: [], skipped: [] };
  }
}

class StartsWithoutAGate extends TinyContainer {
  override async start() {
    const report = this.buildListeners({});
    await this.application.bus.start();
    await this.application.queue.start();
    return report;
  }
}

class StopsAtTheFirstFailure extends TinyContainer {
  override async start() {
    for (const service of this.bound.keys()) this.get(service);
    return super.start();
  }
}

class HasOrphans extends TinyContainer {
  override child(options?: ScopeOptions): TinyContainer {
    const child = new HasOrphans(this.application, this, options);
    // A scope of the same name that nothing above knows.
    return Object.assign(child, { scope: new Scope(this.scope.runtime, options) });
  }
}

class DeactivatesFirst extends TinyContainer {
  override dispose(): void {
    void this.deactivateAll();
    super.dispose();
  }
  override async disposeAsync(): Promise<unknown> {
    await this.deactivateAll();
    return super.disposeAsync();
  }
}

class StopsAtTheFirstDeactivation extends TinyContainer {
  protected override async deactivateAll(): Promise<void> {
    for (const [service] of [...this.bound]) await this.unbind(service);
  }
}

class ForgetsWhatHasFailed extends TinyContainer {
  protected override undo(): void {}
}

class LetsNothingKeep extends TinyContainer {
  protected override attempt(_isKept: boolean, build: () => object): object {
    return super.attempt(false, build);
  }
}

class ForgetsWhatIsStillBound extends TinyContainer {
  protected override giveBack(): void {}
}

class WiresByTheClass extends TinyContainer {
  protected override wire(instance: object): void {
    const { prototype } = Object.getPrototypeOf(instance).constructor;
    const own = Object.assign(Object.create(prototype) as object, { heard: [] });
    super.wire(own);
    Object.assign(instance, own);
  }
}

class WiresAConstantOnce extends TinyContainer {
  protected override wireHere(instance: object): void {
    const { scope } = this.application;
    if (!scope.tree().some((one) => one.instances.has(instance))) super.wireHere(instance);
  }
}

class WiresByItself extends TinyContainer {
  protected override wireHere(instance: object): void {
    for (const plan of this.application.plans.of(instance))
      this.scope.emitterCore.subscribe(plan, instance);
  }
}

class StartsByName extends TinyContainer {
  protected override buildListeners(options: TestedStart) {
    const sorted = [...this.bound].sort(([one], [other]) => one.localeCompare(other));
    this.bound.clear();
    for (const [service, bound] of sorted) this.bound.set(service, bound);
    return super.buildListeners(options);
  }
}

class StartsWhatWasThere extends TinyContainer {
  #known = new Set<unknown>();

  protected override buildListeners(options: TestedStart) {
    this.#known = new Set([...this.bound.values()].map(({ binding }) => binding));
    return super.buildListeners(options);
  }

  protected override isBuiltAhead(binding: TestedBinding, build: TestedStart['build']): boolean {
    return this.#known.has(binding) && super.isBuiltAhead(binding, build);
  }
}

class SkipsInSilence extends TinyContainer {
  override async start(options?: TestedStart) {
    return { ...(await super.start(options)), skipped: [] };
  }
}

class BuildsEverything extends TinyContainer {
  protected override isBuiltAhead(): boolean {
    return true;
  }
}

class NeverThrows extends TinyContainer {
  override start() {
    return super.start({ onFailure: 'report' });
  }
}

class EndsOneByOne extends TinyContainer {
  override stop(options?: DisposeOptions) {
    for (const child of this.scope.children) child.dispose();
    return super.stop(options);
  }
}

class DeactivatesOneByOne extends TinyContainer {
  protected override async deactivateAll(): Promise<void> {
    for (const bound of this.bound.values()) await this.deactivate(bound);
  }
}

class NamesNothing extends TinyContainer {
  protected override async deactivate(bound: never): Promise<void> {
    const deactivating = super.deactivate(bound);
    this.deactivating.clear();
    await deactivating;
  }
}

const BROKEN: readonly (readonly [string, typeof TinyContainer, readonly string[]])[] = [
  [
    'leaves wired what a failed build has wired',
    ForgetsWhatHasFailed,
    [
      'W14 a class that cannot be built leaves none of its transient dependencies wired',
      'W14 a class that cannot be built leaves none of its request-scoped dependencies wired',
    ],
  ],
  [
    'ends with a failed build what a singleton holds',
    LetsNothingKeep,
    ['W14 what a singleton holds that was built meanwhile is still wired, and nothing beside it'],
  ],
  [
    'leaves silent what a failed removal has left bound',
    ForgetsWhatIsStillBound,
    ['L26 a removal that fails reaches its caller, and remaining bindings stay wired'],
  ],
  [
    'wires the methods of the class in place of those of the instance',
    WiresByTheClass,
    ['W15 an event calls a method that was replaced on the instance before it was wired'],
  ],
  [
    'gives a singleton to whoever asks',
    WiresTheAsker,
    ['W7 a singleton that a child resolves first hears its owner, and survives the child'],
  ],
  [
    'wires before the activations',
    WiresBeforeActivations,
    [
      'W1 an instance is wired after every activation',
      'W15 an event calls the method of what an activation has put in the place of the instance',
    ],
  ],
  [
    'wires at each resolution',
    WiresEachTime,
    ['W5 a singleton that is resolved many times, here and below, is wired once'],
  ],
  [
    'builds a singleton from the container that asks',
    BuildsFromTheAsker,
    [
      'W8 a singleton of an ancestor gets what its owner binds, not what the first scope to ask binds in its place',
    ],
  ],
  [
    'forgets to end what is unbound',
    UnbindsAndForgets,
    ['L7 unbind ends the handlers of the instance that it removes, and no others'],
  ],
  [
    'builds nothing at the start',
    StartsNothing,
    ['W9 a class that nobody has resolved hears nothing until start() builds it'],
  ],
  [
    'starts without the gate',
    StartsWithoutAGate,
    [
      'E13 events sent before start() has finished are kept, and delivered in order once it has',
      'E13 without beforeStart, events sent while start() runs are kept until it has finished',
    ],
  ],
  [
    'builds all at the start, and gives up at the first that fails',
    StopsAtTheFirstFailure,
    [
      'W9 start() builds every bound singleton with handlers once, in binding order, and nothing else',
      'W9 start() reports each class that fails, and builds the others all the same',
    ],
  ],
  [
    'opens scopes that nothing ends',
    HasOrphans,
    [
      'L6 a parent ends its children first, the youngest first; a child’s end touches neither parent nor siblings',
    ],
  ],
  [
    'deactivates before it unsubscribes',
    DeactivatesFirst,
    ['L14 handlers are unsubscribed before any deactivation of the same scope runs, by dispose()'],
  ],
  [
    'gives up at the first deactivation that fails',
    StopsAtTheFirstDeactivation,
    ['L5 a deactivation that fails stops none of the others, and the error reaches the caller'],
  ],
  [
    'wires a constant only where it is asked for first',
    WiresAConstantOnce,
    [
      'W13 a constant of two scopes hears both, and the bus once, as long as one of them is open: number 1 ends first',
      'W13 a constant of two scopes hears both, and the bus once, as long as one of them is open: number 2 ends first',
      'W13 a constant of a root and a scope goes on at the root, whichever was asked first',
    ],
  ],
  [
    'subscribes the handlers by itself',
    WiresByItself,
    [
      'W17 a transient that is resolved again and again is reported at the limit, and then each time that its handlers have doubled',
    ],
  ],
  [
    'starts in the order of the services',
    StartsByName,
    [
      'W16 start() builds singletons that only a name selects, in the order of the bindings',
      'W16 start() builds singletons that only a tag selects, in the order of the bindings',
    ],
  ],
  [
    'starts what was bound by then',
    StartsWhatWasThere,
    [
      'W16 start() builds what another singleton binds while it is built, after what was bound before',
    ],
  ],
  ['passes over in silence', SkipsInSilence, ['W16 start() returns what it passed over, and why']],
  [
    'builds all that is bound',
    BuildsEverything,
    [
      'W9 start() builds every bound singleton with handlers once, in binding order, and nothing else',
      "W16 start({ build: 'all' }) builds every singleton, and no transient",
    ],
  ],
  [
    'starts whatever has failed',
    NeverThrows,
    ["W16 start({ onFailure: 'throw' }) rejects once it has tried all, and has not started"],
  ],
  [
    'ends its children one by one',
    EndsOneByOne,
    [
      'L20 a tree is closed as a whole before the code of the program runs in it: a clean-up of the scope reaches no handler, and opens no scope',
      'L20 a tree is closed as a whole before the code of the program runs in it: a deactivation reaches no handler, and opens no scope',
    ],
  ],
  [
    'deactivates one after the other',
    DeactivatesOneByOne,
    ['L21 a deactivation that never settles is left behind and reported, and the others run'],
  ],
  [
    'does not name what it leaves behind',
    NamesNothing,
    ['L21 a deactivation that never settles is named in the report by its class'],
  ],
];

/** Replaces methods of InversifyJS' containers. */
type Breaking = (container: TestedContainer) => Partial<TestedContainer>;

function broken(container: TestedContainer, breaking: Breaking): TestedContainer {
  const replaced = breaking(container);
  return new Proxy(container, {
    get(target, name) {
      if (name === 'child')
        return (options?: ScopeOptions) => broken(target.child(options), breaking);
      return Reflect.get(name in replaced ? replaced : target, name);
    },
  });
}

const wiresLate: Breaking = (container) => ({
  async getAsync(service) {
    const constant = (await container.getAsync?.(service)) as object;
    container.bind('late', { constant });
    return container.get('late');
  },
});

const forgetsPromises: Breaking = (container) => ({
  bind(service, binding) {
    const isPromise = 'constant' in binding && binding.constant instanceof Promise;
    const factory = () => (binding as ConstantBinding).constant;
    container.bind(service, isPromise ? { factory, lifetime: 'transient' } : binding);
  },
});

const BROKEN_INVERSIFY: readonly (readonly [string, Breaking, readonly string[]])[] = [
  [
    'wires what was being built when the container ended',
    wiresLate,
    // What a container builds as a singleton is awaited by its end.
    [
      'is emptied during the build of a singleton',
      'is emptied during the build of a transient',
      'is disposed during the build of a transient',
    ].map((end) => `L22 a container that ${end} does not wire it, and opens no scope for it`),
  ],
  [
    'does not wait for a constant',
    forgetsPromises,
    ['W13 a constant that is a promise is wired by start()'],
  ],
];

describe('describeContainerAdapter', () => {
  it.each(BROKEN)('fails for a container that %s', async (_, Container, titles) => {
    const suite = casesOf(() => tinyAdapter(Container), { ...TINY, collect: false });

    expect(await failuresOf(suite, titles)).toEqual(titles);
  });

  it.each(BROKEN_INVERSIFY)('fails for an adapter that %s', async (_, breaking, titles) => {
    const adapter = inversifyAdapter();
    const root = (options: RootOptions) => broken(adapter.root(options), breaking);
    const suite = casesOf(() => ({ ...adapter, root }), { collect: false });

    expect(await failuresOf(suite, titles)).toEqual(titles);
  });

  it('passes the container that they break', async () => {
    expect(await failuresOf(casesOf(tinyAdapter, { ...TINY, collect: false }))).toEqual([]);
  });

  it('leaves out what the capabilities rule out, and names it with the capability', () => {
    const all = casesOf(tinyAdapter, {});
    const { cases, leftOut, printed } = casesOf(tinyAdapter, { perEvent: false });

    expect(all.leftOut).toEqual([]);
    expect(leftOut.length).toBeGreaterThan(3);
    expect(cases.size).toBe(all.cases.size - leftOut.length);
    for (const text of leftOut) {
      expect(text).toMatch(/^W10 .* \(left out: perEvent\)$/);
      expect(printed.join('\n')).toContain(text);
    }
  });

  it('CAR7054 says what an adapter lacks that its capabilities do not rule out', async () => {
    const { cases } = casesOf(tinyAdapter, { ...TINY, plainChild: true });
    const [run] = [...cases].filter(([title]) => title.startsWith('W11')).map(([, body]) => body);

    await expect((run as Case)()).rejects.toMatchObject({ code: 'CAR7054' });
  });

  it('gives each case a title of its own, which begins with the number of its sentence but for the façade’s', () => {
    const titles = [...casesOf(tinyAdapter, {}).cases.keys()];
    const sentences = new Set(titles.flatMap((title) => /^[WLE]\d+/.exec(title) ?? []));

    expect(titles.filter((title) => !/^[WLE]\d+ /.test(title))).toHaveLength(3);
    expect([...sentences].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))).toEqual([
      'E13',
      ...Array.from({ length: 22 }, (_, index) => `L${index + 1}`),
      'L26',
      ...Array.from({ length: 17 }, (_, index) => `W${index + 1}`),
    ]);
  });
});
