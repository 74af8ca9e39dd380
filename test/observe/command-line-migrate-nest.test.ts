/** `carillon migrate-nest`: on files, and on the shop of examples/nest-migration, which runs afterwards as it should. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CLAIMS } from '../../examples/nest-migration/claims.js';
import { type Answer, carillon, ProjectFolders } from '../support/command-line.js';
import { PROJECT, Program } from '../support/program.js';

const folders = new ProjectFolders();

const FILES = {
  'src/app.ts': `import { Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';

@Module({ imports: [EventEmitterModule.forRoot()] })
export class AppModule {}
`,
  'src/mail.ts': `import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';

@Injectable()
export class Mail {
  @OnEvent('order.placed')
  send() {}

  @OnEvent('order.placed', { async: true })
  sendLater() {}
}
`,
  'src/types.d.ts': 'not a source',
  'src/node_modules/other.ts': 'not of the project',
};

/** Where npx has installed an earlier version. */
let programs = '';

beforeAll(() => {
  const folder = join(PROJECT, folders.make({}), 'node_modules');
  programs = join(folder, '.bin');
  mkdirSync(programs, { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules/@typescript/old'), join(folder, 'typescript'));
});

function migrate(folder: string, ...args: readonly string[]): Promise<Answer> {
  const path = `${programs}:${process.env['PATH']}`;
  return carillon(folder, ['migrate-nest', ...args], { PATH: path });
}

function read(folder: string, file: string): string {
  return readFileSync(join(PROJECT, folder, file), 'utf8');
}

describe('carillon migrate-nest', () => {
  it.each([[[]], [['src', '--dry-run']], [['src/app.ts', 'src/mail.ts']]])(
    'called with %j tells what it would change, and changes nothing',
    async (args) => {
      const folder = folders.make(FILES);

      const { code, out, err } = await migrate(folder, ...args);

      expect(code).toBe(1);
      expect(out.trim().split('\n')).toEqual([
        'src/app.ts:4  the module is CarillonModule.forRoot({ adoptOnEvent: true })',
        'src/mail.ts:6  send hears "order.placed" by @On',
        'src/mail.ts:9  left async: true starts it later: @On starts it at once, @Deferred from a queue',
      ]);
      expect(err).toBe(
        '2 change(s) in 2 file(s), 1 left to you.\nNothing was written: say --write.\n',
      );
      expect(read(folder, 'src/mail.ts')).toBe(FILES['src/mail.ts']);
    },
  );

  it('with --write changes the files, once', async () => {
    const folder = folders.make(FILES);

    const first = await migrate(folder, '--write');
    const text = read(folder, 'src/mail.ts');
    const second = await migrate(folder, '--write');

    expect(first.err).toBe('2 change(s) in 2 file(s) written, 1 left to you.\n');
    expect(text).toContain("  @On('order.placed')\n  send() {}");
    expect(text).toContain("  @OnEvent('order.placed', { async: true })");
    expect(second.err).toBe('0 change(s) in 0 file(s) written, 1 left to you.\n');
    expect(read(folder, 'src/mail.ts')).toBe(text);
  });

  it('ends with 0 where nothing is left, and prints JSON', async () => {
    const { 'src/app.ts': app } = FILES;

    const { code, out } = await migrate(folders.make({ 'src/app.ts': app }), '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      written: false,
      files: [{ path: 'src/app.ts', text: expect.stringContaining('CarillonModule.forRoot()') }],
      changes: [{ path: 'src/app.ts', line: 4, text: 'the module is CarillonModule.forRoot()' }],
      left: [],
    });
  });

  it('CAR7062 says how to call it where there is TypeScript 7 alone', async () => {
    const { code, out, err } = await carillon(folders.make(FILES), ['migrate-nest']);

    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain('CAR7062: TypeScript 7');
    expect(err).toContain('npx -p typescript@6 -p carillon carillon migrate-nest');
  });

  it.each([
    [['nowhere'], 'There is no file'],
    [['--write', '--dry-run'], 'Give --write or --dry-run, and not both.'],
    [['src/types'], 'There is no file of TypeScript in src/types'],
    [['--wriet'], 'There is no flag --wriet'],
  ])('CAR7061 refuses %j', async (args, text) => {
    const folder = folders.make({ ...FILES, 'src/types/a.d.ts': '' });

    const { code, err } = await migrate(folder, ...args);

    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});

/** Tells what the claims have given. */
const RUNNER = `import 'reflect-metadata';
import * as shop from './before/shop.js';
import { CLAIMS } from './claims.js';

const given: string[] = [];
for (const { run } of CLAIMS) given.push(await run(shop));
console.log(JSON.stringify(given));
`;

describe('the shop of the example, migrated', () => {
  let folder = '';
  let answer: Answer;

  beforeAll(async () => {
    folder = folders.make({ 'run.ts': RUNNER, 'tsconfig.json': TSCONFIG });
    const example = join(PROJECT, 'examples/nest-migration');
    const copied = ['before', 'claims.ts', 'post-office.ts', 'failing-listener.ts'];
    for (const name of copied)
      cpSync(join(example, name), join(PROJECT, folder, name), { recursive: true });
    answer = await migrate(folder, 'before', '--write');
  });

  it('keeps what needs a look', () => {
    expect(answer.code).toBe(1);
    expect(answer.out.match(/^.* left .*$/gm)).toEqual([
      expect.stringMatching(/^before\/basket\.ts:10 .* is built for each request/),
      expect.stringMatching(/^before\/ledger\.ts:8 .* suppressErrors: false/),
    ]);
    expect(read(folder, 'before/carillon-events.ts')).toContain("'order.placed': OrderPlaced;");
  });

  it('compiles, and does what is right', async () => {
    const compiled = await compile(folder);
    const given = await new Program([`${folder}/out/run.js`]).ended;
    const failing = await new Program([`${folder}/out/failing-listener.js`, 'before']).ended;

    expect(compiled).toEqual({ code: 0, output: '' });
    expect(JSON.parse(given.output)).toEqual(CLAIMS.map(({ right }) => right));
    expect(failing.code).toBe(0);
    expect(failing.output).toContain('Ledger.book failed on order.placed');
  });

  it('does not compile where an event is sent with another payload', async () => {
    const file = join(PROJECT, folder, 'before/checkout.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('{ id }', '{ number: id }'));

    const { code, output } = await compile(folder);

    expect(code).not.toBe(0);
    expect(output).toContain("'number' does not exist in type 'OrderPlaced'");
  });
});

/** A program with everything that can be moved; it prints what is heard. */
const PROGRAM = {
  'names.ts': `export const MOVED = 'order.moved';
export const Names = { counted: 'order.counted' } as const;

export class OrderPlaced {
  static readonly event = 'order.placed';
  constructor(readonly id: string) {}
}

export class Shipped {
  constructor(readonly id: string) {}
}

export class ShippedInTime extends Shipped {}
`,
  'ledger.ts': `import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { MOVED, Names, OrderPlaced } from './names.js';

@Injectable()
export class Ledger {
  @OnEvent(OrderPlaced.event)
  book({ id }: OrderPlaced) {
    console.log('booked', id);
  }

  @OnEvent(OrderPlaced.event, { prependListener: true })
  check(order: OrderPlaced) {
    console.log('checked', order.id);
  }

  @OnEvent(MOVED)
  move(to: { place: string; at?: Date }) {
    console.log('moved to', to.place);
  }

  @OnEvent(Names.counted)
  count() {
    console.log('counted');
  }

  @OnEvent('order.*')
  any(what: unknown) {
    console.log('any', JSON.stringify(what));
  }

  @OnEvent('order.failed')
  async fail() {
    console.log('fails');
    throw new Error('it fails');
  }
}
`,
  'shipping.ts': `import { EventBus, EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { Injectable } from '@nestjs/common';
import { Shipped, ShippedInTime } from './names.js';

@EventsHandler(Shipped)
export class Track implements IEventHandler<Shipped> {
  handle(event: Shipped) {
    console.log('tracked', event.id);
  }
}

@EventsHandler(Shipped, ShippedInTime)
export class Praise implements IEventHandler<Shipped> {
  handle(event: Shipped) {
    console.log('shipped', event.constructor.name);
  }
}

@Injectable()
export class Shipping {
  constructor(private readonly bus: EventBus) {}

  ship(id: string) {
    this.bus.publish(new Shipped(id));
    this.bus.publish(new ShippedInTime(id));
  }
}
`,
  'orders.ts': `import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { MOVED, Names, OrderPlaced } from './names.js';

@Injectable()
export class Orders {
  constructor(private readonly emitter: EventEmitter2) {}

  async place(id: string) {
    this.emitter.emit(OrderPlaced.event, new OrderPlaced(id));
    this.emitter.emit(MOVED, { place: 'the shelf' });
    this.emitter.emit(Names.counted);
    await this.emitter.emitAsync('order.failed');
    console.log('placed');
  }
}
`,
  'run.ts': `import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Ledger } from './ledger.js';
import { Orders } from './orders.js';
import { Praise, Shipping, Track } from './shipping.js';

@Module({
  imports: [CqrsModule, EventEmitterModule.forRoot({ wildcard: true })],
  providers: [Ledger, Orders, Praise, Shipping, Track],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
await app.get(Orders).place('7');
app.get(Shipping).ship('8');
await app.close();
`,
};

describe('a program with everything that can be moved', () => {
  it('prints the same before and after', async () => {
    const folder = folders.make({ ...PROGRAM, 'tsconfig.json': TSCONFIG });
    const printed = async () => {
      expect(await compile(folder)).toEqual({ code: 0, output: '' });
      return new Program([`${folder}/out/run.js`]).ended;
    };

    const before = await printed();
    const answer = await migrate(folder, '.', '--write');
    const after = await printed();

    expect(answer).toMatchObject({
      code: 0,
      err: '13 change(s) in 5 file(s) written, 0 left to you.\n',
    });
    expect(before.code).toBe(0);
    expect(before.output.split('\n').length).toBeGreaterThan(12);
    expect(after).toEqual(before);
    for (const name of Object.keys(PROGRAM))
      expect(read(folder, name)).not.toMatch(/event-emitter|EventBus|IEventHandler/);
  });
});

const TSCONFIG = JSON.stringify({
  extends: '../../tsconfig.base.json',
  compilerOptions: { types: ['node'], rootDir: '.', outDir: 'out' },
});

function compile(folder: string) {
  return new Program(['node_modules/typescript/bin/tsc', '-p', folder]).ended;
}
