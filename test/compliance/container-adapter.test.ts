/** The suite of container adapters sees what is broken, and names what it leaves out. */
import { describe, expect, it } from '@jest/globals';
import { Scope, type ScopeOptions } from 'carillon';
import { type ContainerCapabilities, describeContainerAdapter } from 'carillon/compliance';
import { TINY, TinyContainer, tinyAdapter } from '../support/tiny-container.js';

type Case = () => Promise<void>;

const RUNNER = ['describe', 'it', 'afterAll', 'console'] as const;

/** The cases of the suite by their titles, those that are left out, and what is printed at the end; none of them is run. */
function casesOf(Container: typeof TinyContainer, capabilities: ContainerCapabilities) {
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
    describeContainerAdapter('under test', () => tinyAdapter(Container), capabilities);
  } finally {
    RUNNER.map((name, index) => Object.assign(globals, { [name]: before[index] }));
  }
  return { cases, leftOut, printed };
}

/** The titles of the cases that fail. */
async function failuresOf(Container: typeof TinyContainer): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const [title, run] of casesOf(Container, { ...TINY, collect: false }).cases) {
    await run().catch(() => failed.push(title));
  }
  return failed;
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
    return { built: [], failed: [] };
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

const BROKEN: readonly (readonly [string, typeof TinyContainer, readonly string[]])[] = [
  [
    'gives a singleton to whoever asks',
    WiresTheAsker,
    ['W7 a singleton that a child resolves first hears its owner, and survives the child'],
  ],
  [
    'wires before the activations',
    WiresBeforeActivations,
    ['W1 an instance is wired after every activation'],
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
];

describe('describeContainerAdapter', () => {
  it.each(BROKEN)('fails for a container that %s', async (_, Container, titles) => {
    const failed = await failuresOf(Container);

    expect(failed).toEqual(expect.arrayContaining([...titles]));
  });

  it('passes the container that they break', async () => {
    expect(await failuresOf(TinyContainer)).toEqual([]);
  });

  it('leaves out what the capabilities rule out, and names it with the capability', () => {
    const all = casesOf(TinyContainer, {});
    const { cases, leftOut, printed } = casesOf(TinyContainer, { perEvent: false });

    expect(all.leftOut).toEqual([]);
    expect(leftOut.length).toBeGreaterThan(3);
    expect(cases.size).toBe(all.cases.size - leftOut.length);
    for (const text of leftOut) {
      expect(text).toMatch(/^W10 .* \(left out: perEvent\)$/);
      expect(printed.join('\n')).toContain(text);
    }
  });

  it('CAR7054 says what an adapter lacks that its capabilities do not rule out', async () => {
    const { cases } = casesOf(TinyContainer, { ...TINY, plainChild: true });
    const [run] = [...cases].filter(([title]) => title.startsWith('W11')).map(([, body]) => body);

    await expect((run as Case)()).rejects.toMatchObject({ code: 'CAR7054' });
  });

  it('gives each case a title of its own, which begins with the number of its sentence but for the façade’s', () => {
    const titles = [...casesOf(TinyContainer, {}).cases.keys()];
    const sentences = new Set(titles.flatMap((title) => /^[WL]\d+/.exec(title) ?? []));

    expect(titles.filter((title) => !/^[WL]\d+ /.test(title))).toHaveLength(3);
    expect([...sentences].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))).toEqual([
      ...Array.from({ length: 19 }, (_, index) => `L${index + 1}`),
      ...Array.from({ length: 12 }, (_, index) => `W${index + 1}`),
    ]);
  });
});
