/** The sources before and after `carillon migrate-nest`, and what it leaves alone. */
import { describe, expect, it } from '@jest/globals';
import typescript from '@typescript/typescript6';
import { type Migration, migrateSources } from '../../../src/observe/cli/migrate-nest/migrate.js';

type Files = Readonly<Record<string, string>>;

const ROOT = `import { Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';

@Module({ imports: [EventEmitterModule.forRoot()] })
export class AppModule {}
`;

function migrate(files: Files): Migration {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text }));
  return migrateSources(typescript, sources);
}

/** What the files are after it. */
function migrated(files: Files): Record<string, string> {
  const changed = migrate(files).files.map(({ path, text }) => [path, text]);
  return { ...files, ...Object.fromEntries(changed) };
}

/** A class with a listener. */
function listener(decorated: string, method = 'send() {}', top = ''): string {
  return `import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
${top}
@Injectable()
export class Mail {
  ${decorated}
  ${method}
}
`;
}

/** A class that has the emitter, with the body of a method. */
function emitter(body: string, parameter = 'private readonly emitter: EventEmitter2'): string {
  return `import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

@Injectable()
export class Orders {
  constructor(${parameter}) {}

  async place() {
    ${body}
  }
}
`;
}

/** What is said of a file, without the line. */
function leftIn(text: string, root = ROOT): string[] {
  return migrate({ 'app.ts': root, 'one.ts': text }).left.map((note) => note.text);
}

describe('the root module', () => {
  it('imports CarillonModule, which adopts nothing where nothing is left', () => {
    expect(migrated({ 'app.ts': ROOT })['app.ts']).toBe(`import { Module } from '@nestjs/common';
import { CarillonModule } from 'carillon/nestjs';

@Module({ imports: [CarillonModule.forRoot()] })
export class AppModule {}
`);
  });

  it('adopts what is left', () => {
    const files = { 'app.ts': ROOT, 'one.ts': listener('@OnEvent(Symbol())') };

    expect(migrated(files)['app.ts']).toContain('CarillonModule.forRoot({ adoptOnEvent: true })');
  });

  it.each([
    ['{ wildcard: true }', 'forRoot()'],
    ["{ delimiter: '.', maxListeners: 20 }", 'forRoot()'],
    ['{ global: false }', 'forRoot({ global: false })'],
    ['{ inheritRequestContextId: true }', 'forRoot()'],
  ])('with %s is %s', (options, expected) => {
    const root = ROOT.replace('forRoot()', `forRoot(${options})`);

    expect(migrated({ 'app.ts': root })['app.ts']).toContain(`CarillonModule.${expected}`);
  });

  it.each([
    ["forRoot({ delimiter: ':' })", "the option delimiter: ':' of EventEmitterModule"],
    ['forRoot({ ignoreErrors: true })', 'the option ignoreErrors: true of EventEmitterModule'],
    ['forRoot({ ...others })', 'the option ...others of EventEmitterModule'],
    ['forRoot(options)', 'the options of EventEmitterModule are not written here'],
    ['register()', 'EventEmitterModule is used without forRoot()'],
  ])('with %s stays, and so does all else', (call, reason) => {
    const files = {
      'app.ts': ROOT.replace('forRoot()', call),
      'one.ts': listener("@OnEvent('order.placed')"),
    };
    const { files: changed, left } = migrate(files);

    expect(changed).toEqual([]);
    expect(left).toEqual([{ path: 'app.ts', line: 4, text: expect.stringContaining(reason) }]);
  });

  it('has to be among the files', () => {
    const { files, left } = migrate({ 'one.ts': listener("@OnEvent('order.placed')") });

    expect(files).toEqual([]);
    expect(left).toEqual([
      { path: 'one.ts', line: 1, text: expect.stringContaining('no module here imports') },
    ]);
  });

  it('may import Carillon already', () => {
    const moved = migrated({ 'app.ts': ROOT })['app.ts'] as string;
    const files = { 'app.ts': moved, 'one.ts': listener("@OnEvent('order.placed')") };

    expect(migrated(files)['one.ts']).toContain("@On('order.placed')");
  });
});

describe('a listener', () => {
  it('hears by @On', () => {
    const files = { 'app.ts': ROOT, 'one.ts': listener("@OnEvent('order.placed')") };

    expect(migrated(files)['one.ts']).toBe(`import { Injectable } from '@nestjs/common';
import { On } from 'carillon';

@Injectable()
export class Mail {
  @On('order.placed')
  send() {}
}
`);
  });

  it.each([
    ["'a.b', { prependListener: true }", "'a.b', { priority: 1 }"],
    ["'a.b', { suppressErrors: true }", "'a.b'"],
    ["'a.b', {}", "'a.b'"],
    ['PLACED', 'PLACED'],
    ['Names.placed', 'Names.placed'],
    ['Placed.event', 'Placed.event'],
  ])('with %s is @On(%s)', (given, expected) => {
    const top = `const PLACED = 'a.b' as const;
const Names = { placed: 'a.b' } as const;
class Placed { static readonly event = 'a.b'; }
`;
    const files = { 'app.ts': ROOT, 'one.ts': listener(`@OnEvent(${given})`, undefined, top) };

    expect(migrated(files)['one.ts']).toContain(`@On(${expected})\n`);
  });

  it('has its event from a constant of another file', () => {
    const top = "import { PLACED } from './names.js';\n";
    const files = {
      'app.ts': ROOT,
      'names.ts': "export const PLACED = 'order.placed';\n",
      'one.ts': listener('@OnEvent(PLACED)', undefined, top),
    };

    expect(migrated(files)['one.ts']).toContain('@On(PLACED)');
  });

  it('keeps its name in the file where another is taken', () => {
    const top = 'export class On {}\n';
    const one = migrated({ 'app.ts': ROOT, 'one.ts': listener("@OnEvent('a')", undefined, top) });

    expect(one['one.ts']).toContain("import { On as CarillonOn } from 'carillon';");
    expect(one['one.ts']).toContain("@CarillonOn('a')");
  });

  it('may have wildcards where the module was told to know them', () => {
    const root = ROOT.replace('forRoot()', 'forRoot({ wildcard: true })');
    const files = { 'app.ts': root, 'one.ts': listener("@OnEvent('order.*')") };

    // EventEmitter2 calls the listeners of the name first.
    expect(migrated(files)['one.ts']).toContain("@On('order.*', { priority: -1 })");
    expect(migrate(files).left).toEqual([]);
  });

  it.each([
    ['@OnEvent(name())', 'the name of the event, name(), is not a literal or a constant'],
    ['@OnEvent(Kind.Placed)', 'the name of the event, Kind.Placed, is not a literal'],
    ['@OnEvent(Placed.event)', 'the name of the event, Placed.event, is not a literal'],
    ['@OnEvent(Names.placed)', 'the name of the event, Names.placed, is not a literal'],
    ['@OnEvent(PLACED)', 'the name of the event, PLACED, is not a literal'],
    ["@OnEvent(['a', 'b'])", "the name of the event, ['a', 'b'], is not a literal"],
    ["@OnEvent('a..b')", 'Carillon refuses its name'],
    ["@OnEvent('error')", 'EventEmitter2 throws for "error" if nothing listens'],
    ["@OnEvent('a.*')", '* is text in EventEmitter2 without wildcard: true'],
    ["@OnEvent('a', { async: true })", 'async: true starts it later'],
    ["@OnEvent('a', { objectify: true })", 'the option objectify: true has no counterpart'],
    ["@OnEvent('a', { suppressErrors: false })", 'suppressErrors: false lets emitAsync() reject'],
    ["@OnEvent('a', options)", 'its options are not written here'],
    ["@OnEvent('a') static", 'it is static'],
  ])('%s stays', (decorated, reason) => {
    // Their types are those of any text.
    const top = `class Placed { static event = 'a'; }
const Names = { placed: 'a' };
let PLACED = 'a';
`;
    const text = listener(decorated, undefined, top);

    expect(leftIn(text)).toEqual([expect.stringContaining(reason)]);
    expect(migrated({ 'app.ts': ROOT, 'one.ts': text })['one.ts']).toBe(text);
  });

  it.each([
    ["'a.*', { async: true }", 'it has wildcards and options'],
    ["'a.*'", 'no topic that fits the pattern has a payload here'],
  ])('with wildcards, %s, stays', (given, reason) => {
    const text = listener(`@OnEvent(${given})`, 'send({ id }: { id: string }) {}');

    expect(leftIn(text, ROOT.replace('forRoot()', 'forRoot({ wildcard: true })'))).toEqual([
      reason,
    ]);
  });

  it('with several arguments stays', () => {
    expect(leftIn(listener("@OnEvent('a')", 'send(id: string, at: Date) {}'))).toEqual([
      'it takes several arguments; a handler gets one payload',
    ]);
  });

  it.each([
    ['itself', '@Injectable({ scope: Scope.REQUEST })', ''],
    ['by its request', '@Injectable()', '@Inject(REQUEST) readonly request: object'],
    ['by what it needs', '@Injectable()', 'readonly visit: Visit'],
  ])('that is built for each request, %s, stays', (_, decorator, parameter) => {
    const text = `import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { OnEvent } from '@nestjs/event-emitter';

@Injectable({ scope: Scope.REQUEST })
class Visit {}

${decorator}
export class Basket {
  constructor(${parameter}) {}

  @OnEvent('item.taken')
  add() {}
}
`;

    expect(leftIn(text)).toEqual([expect.stringContaining('is built for each request')]);
  });

  it('whose event is sent with several arguments stays', () => {
    const files = (sent: string) => ({
      'app.ts': ROOT,
      'one.ts': listener("@OnEvent('a')"),
      'two.ts': emitter(`this.emitter.emit(${sent});`),
    });

    for (const sent of ["'a', 1, 2", "'a', ...values", 'name, 1, 2'])
      expect(migrate(files(sent)).left).toContainEqual({
        path: 'one.ts',
        line: 6,
        text: expect.stringContaining('is sent with several arguments'),
      });
    expect(migrated(files("'b', 1, 2"))['one.ts']).toContain("@On('a')");
  });

  it.each([
    ['transient', "import { Scope } from '@nestjs/common';", '', 'its class is transient'],
    ['extended', '', 'class Post extends Mail {}', 'other classes extend this one'],
  ])('of a class that is %s stays', (kind, top, bottom, reason) => {
    const scope = kind === 'transient' ? '{ scope: Scope.TRANSIENT }' : '';
    const text = listener("@OnEvent('a')", undefined, top).replace('able()', `able(${scope})`);

    expect(leftIn(text + bottom)).toEqual([expect.stringContaining(reason)]);
  });

  it('by a decorator of the project stays, and is adopted', () => {
    const text = `import { applyDecorators } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';

export const OnOrder = () => applyDecorators(OnEvent('order.placed'));
`;

    expect(leftIn(text)).toEqual(['OnEvent is used in another way here']);
    expect(migrated({ 'app.ts': ROOT, 'one.ts': text })['app.ts']).toContain('adoptOnEvent: true');
  });
});

describe('the payloads', () => {
  it('are declared beside the root module, from the types of parameters', () => {
    const orders = `import type { Request } from 'express';
import type { Address } from './address.js';
${listener("@OnEvent('order.placed')", 'send(order: OrderPlaced) {}', 'export class OrderPlaced {}\n')}
@Injectable()
export class Ledger {
  @OnEvent('order.moved')
  move(order: { to: Address; by: Request; at: Date }) {}

  @OnEvent('order.placed')
  book({ id }: { id: string }) {}

  @OnEvent('anything')
  any(value: unknown) {}
}
`;
    const files = { 'src/app.ts': ROOT, 'src/orders/one.ts': orders };

    expect(migrated(files)['src/carillon-events.ts']).toBe(
      `/** The payloads of topics: the compiler checks what is emitted and heard. */
import type { Address } from './orders/address.js';
import type { OrderPlaced } from './orders/one.js';
import type { Request } from 'express';

declare module 'carillon' {
  interface EventMap {
    'order.moved': { to: Address; by: Request; at: Date };
    'order.placed': OrderPlaced & { id: string };
  }
}
`,
    );
  });

  it('have names of their own where two types have one name', () => {
    const one = (event: string) =>
      listener(`@OnEvent('${event}')`, 'send(payload: Payload) {}', 'export class Payload {}\n');
    const files = { 'app.ts': ROOT, 'one.ts': one('a'), 'two.ts': one('b') };
    const text = migrated(files)['carillon-events.ts'];

    expect(text).toContain("import type { Payload } from './one';");
    expect(text).toContain("import type { Payload as Payload2 } from './two';");
    expect(text).toContain("'b': Payload2;");
  });

  it('are in a file of a new name where there is one', () => {
    const files = {
      'app.ts': ROOT,
      'carillon-events.ts': 'export {};\n',
      'one.ts': listener("@OnEvent('a')", 'send(payload: string) {}'),
    };

    expect(migrated(files)['carillon-events-2.ts']).toContain("'a': string;");
  });

  it.each([
    ['that is not exported', 'class Hidden {}\n', 'send(payload: Hidden) {}'],
    ['of a type parameter', '', 'send<Hidden>(payload: Hidden) {}'],
    ['of a value', 'const Hidden = { id: 1 };\n', 'send(payload: typeof Hidden) {}'],
  ])('%s: the listener stays', (_, top, method) => {
    expect(leftIn(listener("@OnEvent('a')", method, top))).toEqual([
      'the type Hidden of its parameter is not exported, and the topic needs it',
    ]);
  });
});

describe('an emitter', () => {
  it('is Events', () => {
    const files = {
      'app.ts': ROOT,
      'one.ts': emitter(`this.emitter.emit('order.placed', { id: '7' });
    this.emitter.emit('order.counted');
    await this.emitter.emitAsync('order.booked', 7);
    void this.emitter.emitAsync('order.filed');`),
    };

    expect(migrate(files).left).toEqual([]);
    expect(migrated(files)['one.ts']).toBe(`import { Injectable } from '@nestjs/common';
import { Events } from 'carillon';

@Injectable()
export class Orders {
  constructor(private readonly emitter: Events) {}

  async place() {
    this.emitter.emit('order.placed', { id: '7' });
    this.emitter.emit('order.counted', undefined);
    await this.emitter.emitAsync('order.booked', 7, { errors: 'report' });
    void this.emitter.emitAsync('order.filed', undefined, { errors: 'report' });
  }
}
`);
  });

  it('may be a property, and be imported from eventemitter2', () => {
    const text = `import { Inject, Injectable } from "@nestjs/common"
import { EventEmitter2 } from "eventemitter2"

@Injectable()
export class Orders {
  @Inject(EventEmitter2) private readonly emitter: EventEmitter2
}
`;

    const files = { 'app.ts': ROOT, 'one.ts': text };

    expect(migrated(files)['one.ts']).toBe(`import { Inject, Injectable } from "@nestjs/common"
import { Events } from "carillon"

@Injectable()
export class Orders {
  @Inject(Events) private readonly emitter: Events
}
`);
  });

  it.each([
    ['this.emitter.emit(name, 1);', 'the name of the event, name, is not a literal'],
    ["this.emitter.emit('a', 1, 2);", 'it sends several arguments'],
    ["this.emitter.emit('a', ...values);", 'it sends several arguments'],
    ["if (this.emitter.emit('a')) return;", 'what emit() returns is used'],
    ["const heard = await this.emitter.emitAsync('a');", 'what emitAsync() returns is used'],
    ["return this.emitter.emitAsync('a');", 'what emitAsync() returns is used'],
    ["this.emitter.emit('a.*');", 'it sends to a pattern'],
    ["this.emitter.once('a', () => {});", 'Events has no once(): use @On'],
    ["this.emitter.prependListener('a', () => {});", 'Events has no prependListener()'],
    ["await this.emitter.waitFor('a');", 'Events has no waitFor()'],
    ["this.emitter.removeListener('a', listener);", 'Events has no removeListener()'],
    ['send(this.emitter);', 'EventEmitter2 is given away here'],
    ['const { emitter } = this;', 'EventEmitter2 is given away here'],
    ['const emit = this.emitter.emit;', 'EventEmitter2 is given away here'],
  ])('that is used by %s stays, with all of its class', (body, reason) => {
    const text = emitter(`this.emitter.emit('order.placed');\n    ${body}`);

    expect(leftIn(text)).toEqual([
      'EventEmitter2 stays in this class, because of the other lines',
      expect.stringContaining(reason),
    ]);
    expect(migrated({ 'app.ts': ROOT, 'one.ts': text })['one.ts']).toBe(text);
  });

  it.each([
    ['readonly emitter: EventEmitter2', 'is not private'],
    ['emitter: EventEmitter2', 'is not private'],
    ["@Inject('EMITTER') private readonly emitter: EventEmitter2", 'by another token'],
  ])('that is injected as %s stays', (parameter, reason) => {
    expect(leftIn(emitter('', parameter))).toEqual([expect.stringContaining(reason)]);
  });

  it('that waits for a listener with suppressErrors: false stays', () => {
    const failing = listener("@OnEvent('a', { suppressErrors: false })");
    const files = (event: string) => ({
      'app.ts': ROOT,
      'one.ts': failing,
      'two.ts': emitter(`await this.emitter.emitAsync('${event}');`),
    });

    expect(migrated(files('a'))['two.ts']).toBe(files('a')['two.ts']);
    expect(migrated(files('b'))['two.ts']).toContain("{ errors: 'report' }");
  });

  it('that waits in onModuleInit stays: the application has not started', () => {
    const text = emitter("await this.emitter.emitAsync('a');").replace('place', 'onModuleInit');

    expect(leftIn(text)).toContainEqual(expect.stringContaining('CAR4013'));
  });

  it.each([
    ['made by the program', 'const orders = new Orders(emitter);', 'the program makes it, too'],
    ['extended', 'class Shop extends Orders {}', 'other classes extend this one'],
  ])('of a class that is %s stays', (_, code, reason) => {
    const text = `${emitter("this.emitter.emit('a');")}${code}\n`;

    expect(leftIn(text)).toEqual([expect.stringContaining(reason)]);
    expect(leftIn(text.replace('@Injectable()\n', ''))).toEqual([
      'this class is not built by Nest',
    ]);
  });

  it('that the program makes, or takes from the application, stays', () => {
    const text = `import { EventEmitter2 } from '@nestjs/event-emitter';

app.get(EventEmitter2).emit('a');
export const own = new EventEmitter2();
`;

    expect(leftIn(text)).toEqual([
      'EventEmitter2 is used in another way here',
      'EventEmitter2 is used in another way here',
    ]);
  });
});

const HANDLER = `import { CommandHandler, EventBus, EventsHandler, IEventHandler } from '@nestjs/cqrs';
import { OrderPlaced } from './order-placed.js';

@EventsHandler(OrderPlaced)
export class Mail implements IEventHandler<OrderPlaced> {
  constructor(private readonly bus: EventBus) {}

  async handle(event: OrderPlaced) {
    await this.bus.publish(new MailSent(event.id));
  }
}

@CommandHandler(Place)
export class PlaceHandler {}
`;

describe('@nestjs/cqrs', () => {
  it('events are heard by @On and sent by Events', () => {
    const files = { 'app.ts': ROOT, 'one.ts': HANDLER };

    expect(migrate(files).left).toEqual([]);
    expect(migrated(files)['one.ts']).toBe(`import { Injectable } from '@nestjs/common';
import { Events, On } from 'carillon';
import { CommandHandler } from '@nestjs/cqrs';
import { OrderPlaced } from './order-placed.js';

@Injectable()
export class Mail {
  constructor(private readonly bus: Events) {}

  @On(OrderPlaced)
  async handle(event: OrderPlaced) {
    await this.bus.emit(new MailSent(event.id));
  }
}

@CommandHandler(Place)
export class PlaceHandler {}
`);
  });

  it('wants a module with Carillon', () => {
    const { files, left } = migrate({ 'one.ts': HANDLER });

    expect(files).toEqual([]);
    expect(left).toEqual([
      { path: 'one.ts', line: 1, text: expect.stringContaining('no module here imports') },
    ]);
  });

  it('has several events, subclasses that are events of their own, and other interfaces', () => {
    const text = `import { Injectable } from '@nestjs/common';
import { EventsHandler, IEventHandler } from '@nestjs/cqrs';

export class OrderPlaced {}
export class RushOrderPlaced extends OrderPlaced {}

@Injectable()
@EventsHandler(OrderPlaced, RushOrderPlaced)
export class Mail implements IEventHandler<OrderPlaced>, OnModuleInit {
  handle(event: OrderPlaced) {}
}
`;

    expect(migrated({ 'app.ts': ROOT, 'one.ts': text })['one.ts']).toBe(
      `import { Injectable } from '@nestjs/common';
import { On } from 'carillon';

export class OrderPlaced {}
export class RushOrderPlaced extends OrderPlaced {}

@Injectable()
export class Mail implements OnModuleInit {
  @On([OrderPlaced, RushOrderPlaced], { exact: true })
  handle(event: OrderPlaced) {}
}
`,
    );
  });

  it.each([
    ['export class Order extends AggregateRoot {}', 'AggregateRoot', 'an AggregateRoot sends'],
    ['export class Sagas { @Saga() all = () => {}; }', 'Saga', 'a saga takes events'],
    ['app.get(EventBus).publishAll([]);', 'EventBus as Bus', ''],
  ])('%s: every event stays', (code, name, reason) => {
    const other = `import { ${name} } from '@nestjs/cqrs';\n${code.replace('EventBus', 'Bus')}\n`;
    const files = { 'app.ts': ROOT, 'one.ts': HANDLER, 'other.ts': other };
    const { left } = migrate(files);

    expect(migrated(files)['one.ts']).toBe(HANDLER);
    expect(left).toContainEqual(
      expect.objectContaining({ path: 'other.ts', text: expect.stringContaining(reason) }),
    );
    expect(left).toContainEqual({
      path: 'one.ts',
      line: 4,
      text: 'stays with @nestjs/cqrs: not everything that sends or hears can move',
    });
  });

  it.each([
    ['this.bus.publish(', 'this.bus.publishAll(', 'only publish(event)'],
    ['await this.bus', 'return this.bus', 'only publish(event)'],
    ['private readonly bus', 'readonly bus', 'this EventBus is not private, or Nest alone'],
    ['(OrderPlaced)\n', '(...EVENTS)\n', 'its events are not named one by one'],
    ['async handle', 'async hear', 'its class has no method handle()'],
    ['handle(event: OrderPlaced)', 'handle(event: OrderPlaced, at: Date)', 'takes more than'],
  ])('with %j as %j stays', (from, to, reason) => {
    const text = HANDLER.replace(from, to);

    expect(leftIn(text)).toContainEqual(expect.stringContaining(reason));
    expect(migrated({ 'app.ts': ROOT, 'one.ts': text })['one.ts']).toBe(text);
  });
});

it('keeps the ends of lines', () => {
  const windows = (text: string) => text.replaceAll('\n', '\r\n');
  const files = { 'app.ts': ROOT, 'one.ts': HANDLER, 'two.ts': listener("@OnEvent('a')") };
  const given = Object.entries(files).map(([path, text]) => [path, windows(text)]);

  for (const [path, text] of Object.entries(migrated(files)))
    expect(migrated(Object.fromEntries(given))[path]).toBe(windows(text));
});

it('changes nothing when it runs again', () => {
  const files = {
    'app.ts': ROOT.replace('forRoot()', 'forRoot({ wildcard: true })'),
    'one.ts': listener("@OnEvent('order.placed', { prependListener: true })"),
    'two.ts': listener("@OnEvent('order.*')"),
    'three.ts': listener("@OnEvent('order.placed', { async: true })", 'send(id: string) {}'),
    'four.ts': emitter("await this.emitter.emitAsync('order.placed');\n this.emitter.emit('a');"),
    'five.ts': HANDLER,
  };
  const once = migrated(files);

  expect(once).not.toEqual(files);
  expect(migrated(once)).toEqual(once);
  expect(migrate(once).changes).toEqual([]);
});
