/** Random trees of scopes against a model of who lives, who owns what, and who must hear, with builds and clean-ups that fail. */

import { describe, expect, it } from '@jest/globals';
import { type DisposalError, EventBus, On, Subscribe } from 'carillon';
import { openScope, type ScopedContainer, scopeOf } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';
import { fc } from '../support/properties.js';

class Rang {}

const KINDS = ['ofRoot', 'ofScope', 'transient'] as const;

type Kind = (typeof KINDS)[number];
type Step =
  | { readonly kind: 'open' | 'emit' | 'publish'; readonly scope: number }
  | {
      readonly kind: 'dispose';
      readonly scope: number;
      readonly means: 'scope' | 'container' | 'gently';
    }
  | { readonly kind: 'resolve'; readonly scope: number; readonly service: Kind }
  | { readonly kind: 'fail'; readonly scope: number; readonly means: 'at once' | 'later' };

const scope = fc.nat({ max: 8 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), scope }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('resolve' as const),
      scope,
      service: fc.constantFrom(...KINDS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('emit' as const, 'publish' as const), scope }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      scope,
      means: fc.constantFrom('at once' as const, 'later' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('dispose' as const),
      scope,
      means: fc.constantFrom('scope' as const, 'container' as const, 'gently' as const),
    }),
  },
);

/** One scope as the model sees it; the root is number 0. */
interface Node {
  readonly container: Container;
  readonly parent: Node | undefined;
  /** Names of the listeners that it owns. */
  readonly listeners: Set<string>;
  alive: boolean;
}

class World {
  readonly heard: string[] = [];
  readonly ended: string[] = [];
  readonly nodes: Node[] = [];
  #built = 0;

  constructor() {
    const { container } = rootContainer({ drain: 0 });
    const build = (name: string) => this.#listener(name);
    container
      .bind('ofRoot')
      .toDynamicValue(() => build('ofRoot'))
      .inSingletonScope();
    container
      .bind('transient')
      .toDynamicValue(() => build('transient'))
      .inTransientScope();
    const fail = () => {
      throw new Failure();
    };
    container.bind('at once').toDynamicValue(fail);
    container.bind('later').toDynamicValue(() => Promise.resolve().then(fail));
    for (const means of ['at once', 'later']) {
      container
        .bind(`fails ${means}`)
        .toResolvedValue(
          (..._needs: [unknown, unknown, unknown, unknown]) => undefined,
          ['transient', 'ofRoot', means, 'transient'],
        );
    }
    this.#add(container, undefined);
  }

  open(parent: Node): Node {
    const container = openScope(parent.container, { name: `scope ${this.nodes.length}` });
    const name = `ofScope ${this.nodes.length}`;
    container
      .bind('ofScope')
      .toDynamicValue(() => this.#listener(name))
      .inSingletonScope();
    return this.#add(container, parent);
  }

  /** The listener's name, and the node that must own it. */
  resolve(node: Node, service: Kind): readonly [name: string, owner: Node] {
    const { name } = node.container.get<Listener>(service);
    return [name, service === 'ofRoot' ? (this.nodes[0] as Node) : node];
  }

  /** A build that fails leaves nothing wired but the root's own singleton, which it has built on its way. */
  async fail(node: Node, means: 'at once' | 'later'): Promise<void> {
    await expect(node.container.getAsync(`fails ${means}`)).rejects.toThrow(Failure);
    const [name, root] = this.resolve(node, 'ofRoot');
    root.listeners.add(name);
  }

  /** The node and all below it. */
  tree(node: Node): Node[] {
    return this.nodes.filter((other) => {
      for (let above: Node | undefined = other; above !== undefined; above = above.parent)
        if (above === node) return true;
      return false;
    });
  }

  #add(container: Container, parent: Node | undefined): Node {
    const node: Node = { container, parent, listeners: new Set(), alive: true };
    const { name } = scopeOf(container);
    scopeOf(container).onDispose(() => {
      this.ended.push(name);
      throw new Failure();
    });
    this.nodes.push(node);
    return node;
  }

  #listener(name: string): Listener {
    this.#built += 1;
    return new Listener(`${name} (${this.#built})`, this.heard);
  }
}

class Listener {
  constructor(
    readonly name: string,
    readonly heard: string[],
  ) {}

  @On(Rang)
  hear() {
    this.heard.push(this.name);
  }

  @Subscribe(Rang)
  hearBus() {
    this.heard.push(`${this.name} by bus`);
  }
}

class Failure extends Error {}

function dispose({ container, parent }: Node, means: 'scope' | 'container' | 'gently'): void {
  if (means === 'gently') scopeOf(container).disposeAsync().catch(expectFailures);
  else if (means === 'scope' || parent === undefined) scopeOf(container).dispose();
  else (container as ScopedContainer)[Symbol.dispose]();
}

/** Every clean-up has failed, and nothing else. */
function expectFailures(error: unknown): void {
  const { errors } = error as DisposalError;
  expect(errors.map((one) => one instanceof Failure)).toEqual(errors.map(() => true));
}

describe('lifetimes', () => {
  it('L1 L5 W7 W14 whoever is owned by a living scope hears, and nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = new World();
        const root = world.nodes[0] as Node;
        const bus = root.container.get(EventBus);
        const emitters = new Map([[root, scopeOf(root.container).emitter]]);
        for (const one of steps) {
          const node = world.nodes[one.scope % world.nodes.length] as Node;
          world.heard.length = 0;
          if (one.kind === 'open' && node.alive) {
            const child = world.open(node);
            emitters.set(child, scopeOf(child.container).emitter);
          }
          if (
            one.kind === 'resolve' &&
            node.alive &&
            !(one.service === 'ofScope' && node === root)
          ) {
            const [name, owner] = world.resolve(node, one.service);
            if (one.service === 'ofScope') ownerOf(world, name, node).listeners.add(name);
            else owner.listeners.add(name);
          }
          if (one.kind === 'dispose' && node !== root) {
            dispose(node, one.means);
            for (const ended of world.tree(node)) ended.alive = false;
          }
          if (one.kind === 'fail' && node.alive) await world.fail(node, one.means);
          if (one.kind === 'emit') {
            emitters.get(node)?.emit(new Rang());
            expect([...world.heard].sort()).toEqual(node.alive ? [...node.listeners].sort() : []);
          }
          if (one.kind === 'publish') {
            await bus.publish(new Rang());
            const living = world.nodes
              .filter(({ alive }) => alive)
              .flatMap(({ listeners }) => [...listeners]);
            expect([...world.heard].sort()).toEqual(living.map((name) => `${name} by bus`).sort());
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('L5 L6 a scope ends those below it, the youngest first, and nothing else', async () => {
    const parents = fc.array(fc.nat({ max: 10 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(parents, fc.nat({ max: 12 }), async (list, chosen) => {
        const world = new World();
        for (const parent of list) world.open(world.nodes[parent % world.nodes.length] as Node);
        const node = world.nodes[chosen % world.nodes.length] as Node;
        const ending = world.tree(node);

        await scopeOf(node.container).disposeAsync().catch(expectFailures);
        await settle();

        expect(world.ended).toEqual(youngestFirst(world, node));
        expect(world.nodes.filter((one) => scopeOf(one.container).state === 'open')).toEqual(
          world.nodes.filter((one) => !ending.includes(one)),
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** The nearest scope, from the asker upwards, that was opened with the listener's name. */
function ownerOf(world: World, name: string, asker: Node): Node {
  for (let above: Node | undefined = asker; above !== undefined; above = above.parent) {
    if (name.startsWith(`ofScope ${world.nodes.indexOf(above)} `)) return above;
  }
  throw new Error(`${name} belongs to no scope above.`);
}

function youngestFirst(world: World, node: Node): string[] {
  const children = world.nodes.filter((other) => other.parent === node).reverse();
  return [
    ...children.flatMap((child) => youngestFirst(world, child)),
    scopeOf(node.container).name,
  ];
}
