/** Standard decorators, as each compiler emits them, beside legacy ones: the same declarations, the same handlers, the same errors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as carillon from 'carillon';
import { start } from 'carillon/inversify';
import { Application } from '../../src/application/application.js';
import { rootContainer } from '../support/container.js';
import { legacyEmits, load, standardEmits } from '../support/emitted.js';
import type * as fixture from './emitted/belfry.js';
import { errorOf } from './untyped.js';

const source = readFileSync(join(process.cwd(), 'test/decorators/emitted/belfry.ts'), 'utf8');
const everyEmit = Object.entries({ ...legacyEmits, ...standardEmits });

type Belfry = typeof fixture;

function application(): Application {
  return new Application({ queues: { belfry: { processing: 'manual' } } });
}

function wire(app: Application, instance: object): void {
  app.wire(instance, app.plans.of(instance), app.scope);
}

describe.each(everyEmit)('E15 classes emitted by %s', (_, emit) => {
  let belfry: Belfry;

  beforeAll(async () => {
    belfry = await load<Belfry>(await emit(source));
  });

  it('declare their handlers before there is an instance', () => {
    const { Tower, Spire } = belfry.belfry(carillon, []);
    const { plans } = application();
    const shown = (prototype: object) =>
      plans.ofPrototype(prototype).map(({ verb, event, method, priority }) => {
        const name = typeof event === 'string' ? event : event.name;
        return `${verb} ${name} ${String(method)} ${priority}`;
      });

    expect(shown(Tower.prototype)).toEqual([
      'On Rang first 1',
      'On Rang kept 0',
      'On Broke replaced 0',
      'On Rang replaced 0',
      'On Rang either 0',
      'On Broke either 0',
      'Once Broke once 0',
      'Subscribe bell.* bus 0',
      'Deferred bell queue 0',
      'On Rang Symbol(secret) 0',
    ]);
    expect(shown(Spire.prototype)).toEqual([
      'On Rang first 1',
      'On Rang kept 0',
      'On Broke replaced 0',
      'On Rang either 0',
      'On Broke either 0',
      'Once Broke once 0',
      'Subscribe bell.* bus 0',
      'Deferred bell queue 0',
      'On Rang Symbol(secret) 0',
      'On Rang own 2',
    ]);
  });

  it('hear what they declare once an application has wired them by hand', async () => {
    const log: string[] = [];
    const { Tower, Spire } = belfry.belfry(carillon, log);
    const app = application();
    wire(app, new Spire());
    wire(app, new Tower());

    app.scope.emitter.emit(new belfry.Rang(3));
    app.scope.emitter.emit(new belfry.Broke());
    app.scope.emitter.emit(new belfry.Broke());
    await app.bus.publish('bell.rang', 'loud');
    await app.queue.defer('bell', 'later', { queue: 'belfry' });
    app.queue.process('belfry');

    expect(log.slice(0, 10)).toEqual([
      'spire own',
      'spire first 3',
      'tower first 3',
      'spire kept',
      'spire kept it',
      'spire either Rang',
      'spire secret',
      'tower kept',
      'tower replaced',
      'tower either Rang',
    ]);
    const count = (line: string) => log.filter((other) => other === line).length;
    const lines = [
      'spire replaced',
      'tower replaced',
      'spire once',
      'tower once',
      'spire bus loud',
      'tower bus loud',
    ];
    expect(lines.map(count)).toEqual([2, 3, 1, 1, 1, 1]);
    expect(log.some((line) => line.endsWith('queue later'))).toBe(true);
  });

  it('are built by start() where a container has them as singletons', async () => {
    const log: string[] = [];
    const { Spire } = belfry.belfry(carillon, log);
    const { container } = rootContainer({ queues: { belfry: { processing: 'manual' } } });
    container.bind(Spire).toSelf().inSingletonScope();

    const { built } = await start(container);
    container.get(carillon.ScopedEmitter).emit(new belfry.Rang(3));

    expect(built).toEqual([Spire]);
    expect(log[0]).toBe('spire own');
  });

  it('leave nothing that an instance shows', () => {
    const { Spire } = belfry.belfry(carillon, []);

    expect(Object.keys(new Spire())).toEqual(['name']);
    expect(Reflect.ownKeys(new Spire())).toEqual(['name']);
  });
});

const PLACES: readonly [what: string, code: string, member: string][] = [
  ['a static method', 'CAR1001', 'static ring() {}'],
  ['a private static method', 'CAR1001', 'static #ring() {}'],
  ['a private method', 'CAR1003', '#ring() {}'],
  ['a field', 'CAR1002', 'ring = 1'],
  ['a private field', 'CAR1002', '#ring = 1'],
  ['a field that holds a function', 'CAR1002', 'ring = () => 1'],
  ['a getter', 'CAR1002', 'get ring() { return 1; }'],
  ['a setter', 'CAR1002', 'set ring(value) {}'],
  ['an accessor', 'CAR1002', 'accessor ring = 1'],
];

const VERBS = ['On', 'Once', 'Subscribe', 'Deferred'];

describe.each(Object.entries(standardEmits))('a standard decorator emitted by %s', (_, emit) => {
  let make: Readonly<Record<string, (lib: typeof carillon) => object>>;

  beforeAll(async () => {
    const places = PLACES.flatMap(([, , member], index) =>
      VERBS.map(
        (verb) =>
          `export function ${verb}${index}(lib) { class Bell { @lib.${verb}('rang') ${member} } return Bell; }`,
      ),
    );
    make = await load(
      await emit(`${places.join('\n')}
        export function whole(lib) { @lib.On('rang') class Bell {} return Bell; }
        const wrap = (method) => function (...args) { return method.apply(this, args); };
        export function inside(lib) { class Bell { @wrap @lib.On('rang') ring() {} } return Bell; }
        export function outside(lib) { class Bell { @lib.On('rang') @wrap ring() {} } return Bell; }
        export function masked(lib) {
          class Bell { @wrap @lib.On('rang') ring() {} }
          class Big extends Bell { @lib.On('rang') ring() {} }
          return Big;
        }
        export function contradiction(lib) { class Bell { @lib.On('rang') @lib.On('rang', { priority: 1 }) ring() {} } return Bell; }
        export function twin(lib) { class Bell { @lib.On('rang') @lib.On(['rang', 'broke']) ring() {} } return Bell; }
      `),
    );
  });

  const cases = PLACES.flatMap(([what, code], index) =>
    VERBS.map((verb) => ({ verb, what, code, name: `${verb}${index}` })),
  );

  it.each(cases)('$code: @$verb refuses $what', ({ verb, code, name }) => {
    const error = errorOf(() => make[name]?.(carillon));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(new RegExp(`^${code}: @${verb} on #?ring `));
  });

  it('CAR1002: refuses a class', () => {
    expect(errorOf(() => make.whole?.(carillon)).message).toBe(
      'CAR1002: @On on Bell decorates a class, not a method. Write a method, name(event) { … }, and decorate that; a function in a field is not a method.',
    );
  });

  it('CAR1008: tells with the first instance that a decorator above has replaced the method', () => {
    const Bell = make.inside?.(carillon) as new () => object;

    const error = errorOf(() => new Bell());

    expect(error.code).toBe('CAR1008');
    expect(error.message).toContain('@On on ring is lost: a decorator above it replaced ring');
    expect(errorOf(() => new Bell()).code).toBe('CAR1008');
  });

  it('CAR1008: is not misled by the declaration of an override', () => {
    const Big = make.masked?.(carillon) as new () => object;

    expect(errorOf(() => new Big()).code).toBe('CAR1008');
  });

  it('hears by the function that a decorator below has put in place', () => {
    const Bell = make.outside?.(carillon) as new () => object;
    const app = application();

    wire(app, new Bell());

    expect(app.scope.emitter.listenerCount('rang')).toBe(1);
  });

  it('CAR1006: refuses a second declaration with other options', () => {
    expect(errorOf(() => make.contradiction?.(carillon)).code).toBe('CAR1006');
  });

  it('takes a second declaration that says the same', () => {
    const Bell = make.twin?.(carillon) as new () => object;
    const app = application();

    wire(app, new Bell());

    expect([
      app.scope.emitter.listenerCount('rang'),
      app.scope.emitter.listenerCount('broke'),
    ]).toEqual([1, 1]);
  });
});

describe('a standard decorator', () => {
  it('declares its method under no other name', () => {
    class Bell {
      ring() {}
    }
    class Copy {
      declare ring: () => void;
      declare alias: () => void;
    }
    const addInitializer = () => {};
    carillon.On('rang')(Bell.prototype.ring, {
      kind: 'method',
      name: 'ring',
      static: false,
      private: false,
      addInitializer,
    });
    Object.assign(Copy.prototype, { ring: Bell.prototype.ring, alias: Bell.prototype.ring });

    expect(
      application()
        .plans.ofPrototype(Copy.prototype)
        .map(({ method }) => method),
    ).toEqual(['ring']);
  });

  it('looks at the first instance of a class only', () => {
    const initializers: ((this: object) => void)[] = [];
    class Bell {
      ring() {}
    }
    const addInitializer = (initializer: (this: object) => void) => initializers.push(initializer);
    const context = {
      kind: 'method',
      name: 'ring',
      static: false,
      private: false,
      addInitializer,
    } as const;
    carillon.On('rang')(Bell.prototype.ring, context);
    carillon.On('broke')(Bell.prototype.ring, context);
    let looks = 0;
    const instance = new Proxy(new Bell(), {
      getPrototypeOf: (target) => {
        looks += 1;
        return Object.getPrototypeOf(target);
      },
    });

    for (let built = 0; built < 3; built += 1)
      for (const initializer of initializers) initializer.call(instance);

    expect(initializers.length).toBe(1);
    expect(looks).toBe(1);
  });
});
