/** The rules of `carillon/eslint` in a project with ESLint: programs in which each line that must be reported says by which rule. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage } from '../support/package-project.js';

jest.setTimeout(600_000);

type Files = Readonly<Record<string, string>>;

/** Lints the files of a folder, and prints what it found as JSON. */
const LINT = `
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { carillon } from 'carillon/eslint';
import { parser } from 'typescript-eslint';

const [engine, folder, kind, given = '{}'] = process.argv.slice(2);
const { ESLint } = await import(engine);
const typed = { projectService: true, tsconfigRootDir: join(process.cwd(), folder) };
const { rules = {}, settings = {} } = JSON.parse(given);
const eslint = new ESLint({
  cwd: join(process.cwd(), folder),
  overrideConfigFile: true,
  overrideConfig: [
    carillon.configs.recommended,
    {
      files: ['**/*.ts'],
      languageOptions: { parser, parserOptions: kind === 'typed' ? typed : {} },
      plugins: { carillon },
      rules,
      settings,
    },
  ],
});
const found = [];
for (const { filePath, messages } of await eslint.lintFiles(['**/*.ts']))
  for (const { line, ruleId, message, suggestions } of messages)
    found.push({
      file: relative(join(process.cwd(), folder), filePath),
      line,
      rule: ruleId ?? 'none',
      message,
      suggestions: (suggestions ?? []).map(({ fix }) => fix.text),
    });
console.log(JSON.stringify(found));
`;

interface Found {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
  readonly suggestions: readonly string[];
}

interface Linted {
  readonly files: Files;
  readonly kind?: 'typed' | 'plain';
  readonly engine?: 'eslint' | 'eslint-9';
  readonly config?: { readonly rules?: object; readonly settings?: object };
}

const COMPILER = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: [],
};

const packed = new PackedPackage();
let project: PackageProject;
let count = 0;

beforeAll(async () => {
  project = await packed.install('eslint', [
    'eslint@10.15.0',
    'eslint-9@npm:eslint@9.39.1',
    'typescript-eslint@8.74.0',
    'typescript@5.9.3',
    'reflect-metadata@0.2.2',
    'inversify@8.2.3',
    'awilix@13.0.5',
    'tsyringe@4.10.0',
  ]);
  await project.write({ 'lint.mjs': LINT });
});

async function lint({
  files,
  kind = 'typed',
  engine = 'eslint',
  config = {},
}: Linted): Promise<Found[]> {
  count += 1;
  const folder = `program-${count}`;
  const all = { ...files, 'tsconfig.json': JSON.stringify({ compilerOptions: COMPILER }) };
  await project.write(
    Object.fromEntries(Object.entries(all).map(([name, text]) => [join(folder, name), text])),
  );
  const { text } = await project.run(
    'node',
    'lint.mjs',
    engine,
    folder,
    kind,
    JSON.stringify(config),
  );
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(text, { cause });
  }
}

/** `shop.ts:12 open-scope`, for each line that ends in `// ! open-scope`. */
function marked(files: Files): readonly string[] {
  const all = Object.entries(files).flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      const [, rule] = /\/\/ ! (\S+)$/.exec(line) ?? [];
      return rule === undefined ? [] : [`${file}:${index + 1} ${rule}`];
    }),
  );
  return all.sort();
}

function places(found: readonly Found[]): readonly string[] {
  return found
    .map(({ file, line, rule }) => `${file}:${line} ${rule.replace('carillon/', '')}`)
    .sort();
}

const RULES = [
  'decorator-call',
  'deferred-id',
  'no-dropped-promise',
  'open-scope',
  'unheard-event',
] as const;

/** One rule alone, with its options. */
function only(rule: (typeof RULES)[number], ...options: readonly object[]) {
  const others = RULES.map((name) => [`carillon/${name}`, 'off']);
  return { ...Object.fromEntries(others), [`carillon/${rule}`]: ['error', ...options] };
}

describe('no-dropped-promise', () => {
  const rules = only('no-dropped-promise');
  const files = {
    'stock.ts': `
      import { type Events, On, Subscribe as Hear } from 'carillon';
      import * as carillon from 'carillon';

      class Placed {}
      const note = () => undefined;
      async function write(): Promise<void> {}

      export class Stock {
        constructor(private readonly events: Events, private readonly maybe?: Events) {}

        @On(Placed)
        reserve(placed: Placed) {
          this.events.publish(placed); // ! no-dropped-promise
          this.maybe?.defer(placed); // ! no-dropped-promise
          placed && this.events.emitAsync(placed); // ! no-dropped-promise
          [1].forEach(() => {
            this.events.publish(placed); // ! no-dropped-promise
          });
          void this.events.publish(placed);
          this.events.publish(placed).catch(note);
          this.events.publish(placed).then(note, note);
          this.events.publish(placed).catch(note).finally(note);
          this.events.publish(placed).finally(note); // ! typed-only
          this.events.emit(placed);
          const kept = this.events.publish(placed);
          return kept;
        }

        @Hear(Placed)
        async pack() {
          await write();
          note();
          write(); // ! typed-only
        }

        @carillon.Deferred(Placed)
        send() {
          return class {
            other() { write(); }
          };
        }

        plain() {
          write();
        }
      }`,
  };

  it('finds every promise that a handler drops, with types', async () => {
    const typed = JSON.parse(JSON.stringify(files).replaceAll('typed-only', 'no-dropped-promise'));

    expect(places(await lint({ files: typed, config: { rules } }))).toEqual(marked(typed));
  });

  it('finds the calls that it knows, without types', async () => {
    const plain = JSON.parse(JSON.stringify(files).replaceAll('// ! typed-only', ''));

    const found = await lint({ files: plain, kind: 'plain', config: { rules } });

    expect(places(found)).toEqual(marked(plain));
  });

  it('suggests await where it may stand, and void', async () => {
    const [first, second] = await lint({
      files: {
        'two.ts': `
          import { Every, type Events } from 'carillon';
          export class Two {
            constructor(private readonly events: Events) {}
            @Every('1s') tick() { this.events.publish('tick', {}); }
            @Every('1s') async tock() { this.events.publish('tock', {}); }
          }`,
      },
      config: { rules },
    });

    expect(first).toMatchObject({ suggestions: ['void '] });
    expect(first?.message).toMatch(/^Two\.tick does not wait for this promise: /);
    expect(second).toMatchObject({ suggestions: ['await ', 'void '] });
  });

  it('is silent about decorators of others', async () => {
    const files = {
      'other.ts': `
        const On = (_event: string) => (..._args: unknown[]) => undefined;
        export class Other {
          @On('x') async hear() { Promise.resolve(); }
        }`,
    };

    expect(places(await lint({ files, config: { rules } }))).toEqual(marked(files));
  });
});

describe('deferred-id', () => {
  const rules = only('deferred-id');
  const mail = `
    import { Deferred, EventType } from 'carillon';

    @EventType({ name: 'order.placed' })
    export class OrderPlaced {}
    export class OrderSent {}
    export const MAIL = 'mail';

    export class Receipts {
      @Deferred(OrderPlaced, { queue: MAIL }) // ! deferred-id
      send() {}

      @Deferred(OrderSent, { queue: MAIL })
      sent() {}

      @Deferred(OrderSent, { id: 'first', queue: MAIL }) // ! deferred-id
      first() {}

      @Deferred(OrderPlaced, { queue: 'scenes' })
      play() {}
    }`;
  const others = `
    import { Deferred as Later } from 'carillon';
    import { MAIL as POST, OrderPlaced as Placed, OrderSent } from './mail.js';

    export class Warnings {
      @Later([OrderSent, Placed], { queue: POST }) // ! deferred-id
      send() {}

      @Later(OrderSent, { queue: POST, id: 'ours', previousIds: ['first'] }) // ! deferred-id
      other() {}

      @Later(Placed, { queue: POST, id: 'own' })
      third() {}
    }
    export class Elsewhere {
      @Later(Placed, { queue: 'elsewhere' })
      send() {}

      @Later(Placed, { queue: 'scenes' })
      play() {}
    }
    export abstract class Base {
      @Later(Placed, { queue: 'based' })
      send() {}
    }
    export class Based extends Base {
      @Later(Placed, { queue: 'based' })
      override send() {}
    }
    export class Twice {
      @Later(Placed, { queue: 'twice' })
      @Later(OrderSent, { queue: 'twice' })
      send() {}
    }`;
  // The class travels by its name: in no file of this program another handler has that id.
  const topics = `
    import { Deferred } from 'carillon';
    export class Topics {
      @Deferred('order.placed', { queue: 'mail' }) // ! deferred-id
      send() {}
    }`;

  it('finds ids that two handlers of a program share, with types', async () => {
    const files = { 'mail.ts': mail, 'others.ts': others, 'topics.ts': topics };
    const found = await lint({
      files,
      config: { rules: only('deferred-id', { memory: ['scenes'] }) },
    });
    const [first] = found;

    expect(places(found)).toEqual(marked(files));

    expect(first?.message).toMatch(
      /^Receipts\.send and Warnings\.send \(.*others\.ts\) share the id "order\.placed\/send" in queue "mail": /,
    );
  });

  it('counts the queues that may be stored', async () => {
    const found = await lint({
      files: { 'mail.ts': mail, 'others.ts': others },
      config: { rules },
    });

    expect(found.filter(({ message }) => message.includes('queue "scenes"'))).toHaveLength(2);
  });

  it('finds those of one file, without types', async () => {
    const files = {
      'mail.ts': `
        import { Deferred } from 'carillon';
        import { OrderPlaced, queue } from './events.js';

        class Receipts {
          @Deferred(OrderPlaced) // ! deferred-id
          send() {}
          @Deferred(OrderPlaced, { queue })
          known() {}
        }
        class Warnings {
          @Deferred(OrderPlaced, { attempts: 3 }) // ! deferred-id
          send() {}
          @Deferred(OrderPlaced, { queue })
          known() {}
        }
        abstract class Base {
          @Deferred('a.b')
          done() {}
        }
        class Based extends Base {
          @Deferred('a.b')
          override done() {}
        }
        class Notes {
          @Deferred(OrderPlaced, { id: 'notes' })
          send() {}
        }`,
    };

    const found = await lint({ files, kind: 'plain', config: { rules } });

    expect(places(found)).toEqual(marked(files));
  });
});

describe('unheard-event', () => {
  const rules = only('unheard-event');
  const heard = `
    import { Deferred, defineEvent, EventType, On, type ScopedEmitter, Subscribe } from 'carillon';

    export class Heard {}
    export class Base {}
    export class Below extends Base {}
    export class Above {}
    export class Under extends Above {}
    export class ByCall {}
    export class Renamed {}
    export class Elsewhere {}
    export class Nobodys {}
    @EventType({ name: 'order.placed' })
    export class OrderPlaced {}
    export const rang = defineEvent('bell.rang');
    export const silent = defineEvent('bell.silent');

    export class Hearer {
      @On([Heard, Base, Under]) hear() {}
      @On(rang) ring() {}
      @On('bell.*') topics() {}
      @Subscribe('order.*') placed() {}
      @Deferred(Heard) later() {}
    }
    export function listen(emitter: ScopedEmitter) {
      emitter.on(ByCall, () => undefined);
      emitter.on('stock.*', () => undefined);
    }`;
  const renamed = `
    import type { ScopedEmitter } from 'carillon';
    import { Renamed as Other } from './heard.js';
    export const listen = (emitter: ScopedEmitter) => emitter.on(Other, () => undefined);`;
  const sends = `
    import { Emits, EventBus, Events } from 'carillon';
    import { EventEmitter } from './node.js';
    import * as all from './heard.js';
    import { Above, Base, Below, ByCall, Elsewhere, Heard, Nobodys, OrderPlaced, Renamed, rang, silent } from './heard.js';

    export class Sender {
      constructor(private readonly events: Events, private readonly bus: EventBus) {}

      @Emits([Nobodys, silent])
      async send(some: Heard | Nobodys, topic: string, what: object) {
        this.events.emit(new Heard());
        this.events.emit(new Below());
        this.events.emit(new Above());
        this.events.emit(new ByCall());
        this.events.emit(new Renamed());
        this.events.emit(rang);
        this.events.emit(all.rang);
        this.events.emit('stock.low', {});
        this.events.emit(topic, {});
        this.events.emit(what as Heard);
        await this.events.defer(new Heard());
        await this.events.publish(new OrderPlaced());
        await this.bus.publish('order.sent', {});
        await this.events.publish(new Elsewhere());
        this.events.emit('elsewhere.now', {});
        new EventEmitter().emit('nobody', {});

        this.events.emit(new Nobodys()); // ! unheard-event
        await this.events.emitAsync(some); // ! unheard-event
        this.events.emit(silent); // ! unheard-event
        this.events.emit('order.sent', {}); // ! unheard-event
        await this.events.publish(new Heard()); // ! unheard-event
        await this.bus.publish('bell.moved', {}); // ! unheard-event
        await this.events.defer(new Base()); // ! unheard-event
        await this.events.within({}).defer(new Base()); // ! unheard-event
      }
    }`;
  const node = 'export class EventEmitter { emit(_name: string, _payload: object) {} }';
  const settings = { carillon: { heard: ['Elsewhere', 'elsewhere.**'] } };

  it('looks through the program, with types', async () => {
    const files = { 'heard.ts': heard, 'node.ts': node, 'renamed.ts': renamed, 'sends.ts': sends };
    const found = await lint({ files, config: { rules, settings } });

    expect(places(found)).toEqual(marked(files));

    expect(found.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'Nobody hears Nobodys: no handler has @On for it. Write one, or name it in settings.carillon.heard if another program hears it.',
        'Heard is sent by publish, which no handler hears. Its handlers have @On: send it by emit.',
      ]),
    );
  });

  it('goes by the list and the file, without types', async () => {
    const files = {
      'sends.ts': `
        import { On, type Events } from 'carillon';
        import { Elsewhere, Here, Nobodys } from './heard.js';

        export class Sender {
          constructor(private readonly events: Events) {}
          @On(Here)
          hear(topic: string) {
            this.events.emit(new Here());
            this.events.emit(new Elsewhere());
            this.events.emit('elsewhere.now', {});
            this.events.emit(topic, {});
            this.events.emit(new Nobodys()); // ! unheard-event
            this.events.emit('nobody', {}); // ! unheard-event
          }
        }`,
      'other.ts': `
        export function tell(emitter: { emit(name: string): void }) {
          emitter.emit('nobody');
        }`,
    };

    const found = await lint({ files, kind: 'plain', config: { rules, settings } });

    expect(places(found)).toEqual(marked(files));
    expect(await lint({ files, kind: 'plain', config: { rules } })).toEqual([]);
  });
});

describe('open-scope', () => {
  const rules = only('open-scope');
  const files = {
    'inversify.ts': `
      import { Container as Box } from 'inversify';
      import { Container } from './other.js';
      const parent = new Box();
      export const child = new Box({ parent }); // ! open-scope
      export const more = new Box({ 'parent': parent, defaultScope: 'Singleton' }); // ! open-scope
      export const single = new Box({ defaultScope: 'Singleton' });
      export const other = new Container({ parent: undefined });`,
    'other.ts': `
      export class Container {
        constructor(readonly options: object) {}
        createScope() {}
        createChildContainer() {}
      }
      new Container({}).createScope();`,
    'tsyringe.ts': `
      import { container } from 'tsyringe';
      export const child = container.createChildContainer(); // ! open-scope`,
    'awilix.ts': `
      import { createContainer } from 'awilix';
      export const child = createContainer().createScope(); // ! open-scope`,
  };

  it.each(['typed', 'plain'] as const)('finds plain children, %s', async (kind) => {
    const found = await lint({ files, kind, config: { rules } });

    expect(places(found)).toEqual(marked(files));

    expect(found.map(({ message }) => message)).toContain(
      'A child made by createScope() has no scope: the handlers of what it builds are never called (CAR2004). Write openScope(parent) of carillon/awilix.',
    );
  });

  it('knows by the types whose method it is', async () => {
    const files = {
      'both.ts': `
        import 'tsyringe';
        import { Container } from './other.js';
        new Container().createChildContainer();`,
      'other.ts': 'export class Container { createChildContainer() {} }',
    };

    expect(places(await lint({ files, config: { rules } }))).toEqual(marked(files));
  });
});

describe('decorator-call', () => {
  it('finds decorators without parentheses', async () => {
    const files = {
      'bare.ts': `
        import * as all from 'carillon';
        import { Deferred, Listener, On, On as Hear } from 'carillon';
        import { On as Other } from './other.js';

        @Listener // ! decorator-call
        export class Bell {
          @On // ! decorator-call
          one() {}
          @Hear // ! decorator-call
          two() {}
          @all.Subscribe // ! decorator-call
          three() {}
          @On('x')
          four() {}
          @Deferred('y')
          five() {}
          @Other
          six() {}
        }
        @Listener()
        export class Other2 {}`,
      'other.ts': 'export const On = (..._args: unknown[]) => undefined;',
    };
    const config = { rules: only('decorator-call') };

    expect(places(await lint({ files, config }))).toEqual(marked(files));
    expect(places(await lint({ files, kind: 'plain', config }))).toEqual(marked(files));
  });
});

describe('the same program in other words', () => {
  const dropped = `
    import * as carillon from 'carillon';
    import { On as Hear } from 'carillon';
    declare const events: carillon.Events;
    class Placed {}
    export const Expression = class {
      @carillon.On(Placed) ['hear']() {
        events['publish'](1); // ! no-dropped-promise
      }
    };
    export default class {
      @(Hear(Placed) as MethodDecorator) async hear() {
        (events.publish(1)); // ! no-dropped-promise
        events.publish(1) as unknown; // ! no-dropped-promise
        events.publish(1) satisfies unknown; // ! no-dropped-promise
        <unknown>events.publish(1); // ! no-dropped-promise
        [1].forEach(async () => {}); // ! no-dropped-promise
        [1].forEach(() => events.publish(1)); // ! no-dropped-promise
        [1].forEach(() => events.publish(1).catch(() => undefined));
        [1].forEach(() => { void events.publish(1); });
        events.publish(1)['catch'](() => undefined);
        events.publish(1)?.catch(() => undefined)!;
      }
      hear2(): void;
      @Hear(Placed) hear2(): void {
        events?.publish(1); // ! no-dropped-promise
      }
    }`;
  const bare = `
    import * as carillon from 'carillon';
    import { Listener, On } from 'carillon';
    // @ts-ignore
    @Listener // ! decorator-call
    export default class {
      // @ts-ignore
      @(On as any) a() {} // ! decorator-call
      // @ts-ignore
      @(carillon.On!) b() {} // ! decorator-call
    }`;
  const ids = `
    import * as carillon from 'carillon';
    import { Deferred } from 'carillon';
    export const One = class { @Deferred('a') ['go']() {} }; // ! deferred-id
    export class Two { @(Deferred(('a'))) 'go'() {} } // ! deferred-id
    export class Three { @carillon.Deferred('a' as const, {} satisfies object) go() {} } // ! deferred-id
    export class Four { @Deferred('b', { id: 'x', when: () => true } as const) go() {} } // ! deferred-id
    export class Five { @Deferred('c', { ['id']: \`x\` }) go() {} } // ! deferred-id`;
  const scopes = `
    import { Container } from 'inversify';
    import { container } from 'tsyringe';
    const parent = new Container();
    export const one = new Container({ parent } as const); // ! open-scope
    export const two = new Container({ ['parent']: parent } satisfies object); // ! open-scope
    export const three = new Container({ parent: undefined });
    export const four = container['createChildContainer'](); // ! open-scope
    export const five = (container as typeof container)?.createChildContainer(); // ! open-scope`;
  const text = { 'dropped.ts': dropped, 'bare.ts': bare, 'ids.ts': ids, 'scopes.ts': scopes };
  const rules = { 'carillon/unheard-event': 'off' };

  it.each(['typed', 'plain'] as const)('is the same to the rules, %s', async (kind) => {
    expect(places(await lint({ files: text, kind, config: { rules } }))).toEqual(marked(text));
  });

  it('is read through constants, with types', async () => {
    const files = {
      'names.ts': `
        export const id = 'same';
        export const SAME = { queue: 'mail', id: 'other' };
        export const KEY = 'go';
        export const EVENTS = ['d', 'e'] as const;`,
      'ids.ts': `
        import { Deferred } from 'carillon';
        import { EVENTS, id, KEY, SAME } from './names.js';
        export class One { @Deferred('a', { id }) go() {} } // ! deferred-id
        export class Two { @Deferred('b', { id: 'same', when() { return true; } }) go() {} } // ! deferred-id
        export class Three { @Deferred('a', SAME) go() {} } // ! deferred-id
        export class Four { @Deferred('b', { ...SAME }) go() {} } // ! deferred-id
        export class Five { @Deferred('c', { ...SAME, id: 'third' }) go() {} }
        export class Six { @Deferred(EVENTS) [KEY]() {} } // ! deferred-id
        export class Seven { @Deferred(['f', ...EVENTS]) go() {} } // ! deferred-id`,
      'scopes.ts': `
        import { Container, type ContainerOptions } from 'inversify';
        const options = { parent: new Container() };
        export const one = new Container(options); // ! open-scope
        export const two = new Container({ ...options }); // ! open-scope
        export const make = (given: ContainerOptions) => new Container(given);`,
    };

    expect(places(await lint({ files, config: { rules } }))).toEqual(marked(files));
  });

  const shop = `
    import { type Events, EventType, On, ScopedEmitter, Subscribe } from 'carillon';
    declare const events: Events;
    declare const emitter: ScopedEmitter;
    class A {} class B {} class C {} class D {} class Nobodys {}
    @(EventType({ name: 'travels' } as const)) class Travels {}
    export class Shop {
      @On([A] as const) a() {}
      @(On((B))) b() {}
      @On('c' as const) c() {}
      @(On('d' satisfies string) as MethodDecorator) d() {}
      @Subscribe('travels') e() {}
    }
    emitter.on(C, () => undefined);
    emitter.once('e' as const);
    events.emit(new A()); events.emit(new B()!); events.emit(new C());
    events.emit('c', {}); events.emit(('d'), {}); events.emit('e', {});
    events['emit'](new Nobodys()); // ! unheard-event
    (events as Events)?.emit(new Nobodys() as Nobodys); // ! unheard-event
    events.emit(('nobody' as const), {}); // ! unheard-event`;
  const lists = `
    const LIST = [D] as const;
    export class Lists { @On(LIST) a() {} @On([...LIST, C]) b() {} }
    events.emit(new D()); events.publish(new Travels()).catch(() => undefined);`;

  it('is heard in whatever words, with types and without', async () => {
    const rules = only('unheard-event');
    const settings = { carillon: { heard: [] } };
    const typed = { 'shop.ts': shop + lists };
    const plain = { 'shop.ts': shop };

    expect(places(await lint({ files: typed, config: { rules } }))).toEqual(marked(typed));
    expect(
      places(await lint({ files: plain, kind: 'plain', config: { rules, settings } })),
    ).toEqual(marked(plain));
  });
});

describe('carillon.configs.recommended', () => {
  const files = {
    'all.ts': `
      import { Container } from 'inversify';
      import { Deferred, type Events, Every } from 'carillon';

      export class One {
        constructor(private readonly events: Events) {}
        @Deferred('a.b') // ! deferred-id
        send() {}
        @Every // ! decorator-call
        tick() {}
        @Every('1s')
        tock() {
          this.events.emitAsync('a.c', {}).catch(() => undefined); // ! unheard-event
          Promise.resolve(); // ! no-dropped-promise
        }
      }
      export class Two {
        @Deferred('a.b') // ! deferred-id
        send() {}
      }
      export const child = new Container({ parent: new Container() }); // ! open-scope`,
  };

  it.each(['eslint', 'eslint-9'] as const)('has each rule, in %s', async (engine) => {
    expect(places(await lint({ files, engine }))).toEqual(marked(files));
  });

  it.each(['eslint', 'eslint-9'])('is a config to the types of %s', async (engine) => {
    await project.write({
      'types/eslint.config.mts': `
        import { defineConfig } from '${engine}/config';
        import { carillon } from 'carillon/eslint';
        export default defineConfig(carillon.configs.recommended, {
          plugins: { carillon },
          extends: ['carillon/recommended'],
          rules: { 'carillon/deferred-id': ['error', { memory: ['scenes'] }] },
        });`,
    });
    const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', types: [] };
    await project.write({
      'types/tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.mts'] }),
    });

    const { text } = await project.run('tsc', '-p', 'types');

    expect(text).toBe('');
  });

  it('can be extended by its name, and be required', async () => {
    await project.write({
      'named/eslint.config.cjs': `
        const { defineConfig } = require('eslint/config');
        const { carillon } = require('carillon/eslint');
        module.exports = defineConfig({ plugins: { carillon }, extends: ['carillon/recommended'] });`,
      'named/plain.js': `
        import { Container } from 'inversify';
        new Container({ parent: new Container() });`,
    });

    const { code, text } = await project.run(
      'eslint',
      '-c',
      'named/eslint.config.cjs',
      'named/plain.js',
    );

    expect(code).toBe(1);
    expect(text).toContain('carillon/open-scope');
  });

  it('is used as the page says', async () => {
    const page = await readFile('docs/linting.md', 'utf8');
    const [, config = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
    await project.write({
      'page/eslint.config.js': config,
      'page/tsconfig.json': JSON.stringify({ compilerOptions: COMPILER }),
      'page/all.ts': files['all.ts'],
    });

    const { text } = await project.run('eslint', '-c', 'page/eslint.config.js', 'page/all.ts');

    expect(RULES.filter((rule) => !text.includes(`carillon/${rule}`))).toEqual([]);
  });
});
