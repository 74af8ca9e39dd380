/** What `describe` tells of an application. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type CarillonError, Emits, Events, On, Subscribe } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { openScope } from 'carillon/inversify';
import {
  describe as describeApplication,
  describedEvents,
  observeEmits,
  type Topology,
} from 'carillon/observe';
import { PROJECT } from '../support/program.js';
import { OrderPlaced, shop, Till } from './programs/shop.js';

const GOLDEN = join(PROJECT, 'test/observe/golden');

/** As a text, to be compared with a file; `UPDATE_GOLDEN=1` writes it. */
function golden(name: string, topology: Topology): { readonly is: string; readonly was: string } {
  const file = join(GOLDEN, `${name}.json`);
  const is = `${JSON.stringify(topology, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, is);
  const was = `${JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, 2)}\n`;
  return { is, was };
}

function edgesOf(topology: Topology, kind: string): string[] {
  return topology.edges
    .filter((edge) => edge.kind === kind)
    .map(({ from, to, known }) => `${from} > ${to}${known === undefined ? '' : ` (${known})`}`);
}

const schema = JSON.parse(readFileSync(join(PROJECT, 'src/observe/topology.schema.json'), 'utf8'));
const isTopology = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

function faultsOf(topology: unknown): unknown {
  isTopology(JSON.parse(JSON.stringify(topology)));
  return isTopology.errors ?? [];
}

describe('a description', () => {
  it('of an application that has not started is the golden file', () => {
    const { is, was } = golden('shop', describeApplication(shop()));

    expect(is).toBe(was);
  });

  it('fits its schema, which refuses another one', () => {
    const topology = describeApplication(shop());

    expect(faultsOf(topology)).toEqual([]);
    expect(faultsOf({ ...topology, format: 2 })).toHaveLength(1);
    expect(faultsOf({ ...topology, edges: [{ from: 'a', to: 'b', kind: 'x' }] })).toHaveLength(3);
  });

  it('is the same whatever the order in which the container binds', () => {
    const [one, other] = [shop(), shop()];
    const Prices = describeApplication(one).services[0];
    other.unbind(Till);
    other.bind(Till).toSelf().inTransientScope();

    expect(Prices).toBeDefined();
    expect(describeApplication(other)).toEqual(describeApplication(one));
  });

  it('builds nothing, and is of JSON alone', () => {
    const container = shop();
    const topology = describeApplication(container);

    expect(JSON.parse(JSON.stringify(topology))).toEqual(topology);
    expect([...describedEvents(container)].find(([, key]) => key === OrderPlaced)?.[0]).toBe(
      'event:order.placed',
    );
  });

  it('lists the scopes that are open, those of one path together', () => {
    const container = shop();
    for (const name of ['request', 'request', 'job']) openScope(container, { name });

    const { scopes } = describeApplication(container);

    expect(scopes).toEqual([
      { count: 1, id: 'scope:shop', name: 'shop' },
      { count: 1, id: 'scope:shop/job', name: 'job', parent: 'scope:shop' },
      { count: 2, id: 'scope:shop/request', name: 'request', parent: 'scope:shop' },
    ]);
  });

  it('has what the containers of scopes bind, once for all scopes of a path', () => {
    class Basket {
      @On('basket.filled')
      filled(): void {}
    }
    const container = shop();
    for (const _ of [1, 2])
      openScope(container, { name: 'request' }).bind(Basket).toSelf().inSingletonScope();

    const { services, handlers } = describeApplication(container);

    expect(services.filter(({ name }) => name === 'Basket')).toEqual([
      {
        className: 'Basket',
        id: 'service:Basket',
        lifetime: 'singleton',
        name: 'Basket',
        needs: [],
        scope: 'scope:shop/request',
      },
    ]);
    expect(handlers.filter(({ className }) => className === 'Basket')).toHaveLength(1);
  });
});

describe('a description of an application without a container', () => {
  class Shop {
    constructor(readonly events: Events) {}

    @On('order.placed')
    @Emits('stock.low', { by: 'publish' })
    placed(): void {}

    @Subscribe('stock.**')
    buy(): void {}
  }

  it('has what is attached, and plain functions', () => {
    const app = createApplication({ name: 'little' });
    app.attach(new Shop(app.events));
    app.scope.emitter.on('order.placed', function count() {});

    const topology = describeApplication(app);

    expect(topology.handlers.map(({ id }) => id)).toEqual([
      'handler:Shop.buy Subscribe stock.**',
      'handler:Shop.placed On order.placed',
      'handler:count On order.placed',
    ]);
    expect(topology.services).toMatchObject([{ className: 'Shop', lifetime: 'attached' }]);
    expect(edgesOf(topology, 'publish')).toEqual([
      'emitter:Shop.placed > event:stock.low (declared)',
    ]);
    expect(edgesOf(topology, 'run')).toEqual([
      'handler:Shop.placed On order.placed > emitter:Shop.placed',
    ]);
    expect(edgesOf(topology, 'hear')).toContain(
      'event:stock.low > handler:Shop.buy Subscribe stock.**',
    );
  });

  it.each([undefined, {}, class Fake {}])('refuses %p', (given) => {
    let error: unknown;
    try {
      describeApplication(given as object);
    } catch (thrown) {
      error = thrown;
    }

    expect((error as CarillonError).code).toBe('CAR7053');
  });
});

describe('what is observed', () => {
  it('is beside what is declared, and marks what is both', () => {
    const container = shop();
    container.bind('missing').toConstantValue({});
    const observed = observeEmits(container);
    const till = container.get(Till);

    till.place('1');
    const found = describeApplication(container, { observed });
    observed.stop();
    container.get(Events).emit('never.seen', {});

    expect(edgesOf(found, 'emit')).toEqual([
      'emitter:Till.place > event:order.placed (both)',
      'emitter:Till.place > event:tick (both)',
    ]);
    expect(observed.list().map(({ event }) => event)).not.toContain('never.seen');
  });

  it('names the method that has sent, also of a class that declares nothing', async () => {
    class Silent {
      constructor(readonly events: Events) {}

      send(): void {
        this.events.emit('plain', {});
      }

      @On('plain')
      heard(): void {
        for (const name of ['arrow']) (() => this.events.emit(name, {}))();
      }
    }
    const app = createApplication();
    const silent = app.attach(new Silent(app.events));
    const observed = observeEmits(app);
    const { fastPathDepth } = app.scope.runtime;

    silent.send();
    await app.events.publish('published', {});
    observed.stop();

    const seen = observed
      .list()
      .map(({ className, method, event, by }) => [className, method, event, by]);
    expect(seen).toEqual([
      ['Silent', 'send', 'plain', 'emit'],
      ['Silent', 'heard', 'arrow', 'emit'],
      ['', expect.any(String), 'published', 'publish'],
    ]);
    expect(fastPathDepth).toBe(-1);
    expect(app.scope.runtime.fastPathDepth).toBeGreaterThan(0);
  });
});
