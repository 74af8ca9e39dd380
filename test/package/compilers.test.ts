/** A user's program against the declarations of the package, by each compiler and each way in which it looks for modules. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage } from '../support/package-project.js';

jest.setTimeout(600_000);

const COMPILERS = {
  'TypeScript 5.9': 'node_modules/typescript/bin/tsc',
  'TypeScript 7': join(process.cwd(), 'node_modules/typescript/bin/tsc'),
};

/** A program that imports, and hands on to one that requires: what is one class has to be one to the compiler as well. */
const BOTH = {
  'imports.mts': `
    import 'reflect-metadata';
    import { createScope, On, type Scope, ScopedEmitter } from 'carillon';
    import { HOST } from 'carillon/adapter';
    import { defineEvent } from 'carillon/decorators';
    import { events, openScope } from 'carillon/inversify';
    import { asyncContext } from 'carillon/node';
    import { recordEvents, virtualClock } from 'carillon/testing';
    import { Container } from 'inversify';
    import { end } from './requires.cjs';

    declare module 'carillon' {
      interface EventMap { 'order.placed': { id: string } }
    }

    export const scope: Scope = createScope({ name: 'request' });

    export class Shop {
      @On('order.placed')
      pack(order: { id: string }) {
        scope.emitter.emit('order.placed', order);
        // @ts-expect-error
        scope.emitter.emit('order.placed', { id: 1 });
      }
    }

    export function serve() {
      const container = new Container();
      container.register(events());
      using child = openScope(container, { name: 'request' });
      using alone = createScope({ name: 'alone' });
      using unsubscribe = alone.emitter.on('order.placed', () => undefined);
      return child.get(ScopedEmitter);
    }

    end(scope);
    // What has no type written down gets one in the declaration of this program.
    export const inferred = { context: asyncContext(), off: scope.emitter.on('order.placed', () => undefined) };
    export const others = [HOST, defineEvent('order.packed'), recordEvents, virtualClock];
  `,
  'requires.cts': `
    import carillon = require('carillon');
    import inversify = require('carillon/inversify');
    import testing = require('carillon/testing');

    export function end(scope: carillon.Scope) {
      scope.dispose();
      return [inversify.openScope, testing.recordEvents];
    }
  `,
};

const PLAIN = {
  'plain.ts': BOTH['imports.mts'].replace(/import \{ end \}.*\n/, '').replace('end(scope);', ''),
};

const WAYS = [
  {
    compiler: 'TypeScript 5.9',
    settings: { module: 'commonjs', moduleResolution: 'node10' },
    files: PLAIN,
  },
  {
    compiler: 'TypeScript 5.9',
    settings: { module: 'preserve', moduleResolution: 'bundler' },
    files: PLAIN,
  },
  { compiler: 'TypeScript 5.9', settings: { module: 'node16' }, files: BOTH },
  { compiler: 'TypeScript 5.9', settings: { module: 'nodenext' }, files: BOTH },
  {
    compiler: 'TypeScript 7',
    settings: { module: 'commonjs', moduleResolution: 'bundler' },
    files: PLAIN,
  },
  {
    compiler: 'TypeScript 7',
    settings: { module: 'preserve', moduleResolution: 'bundler' },
    files: PLAIN,
  },
  { compiler: 'TypeScript 7', settings: { module: 'node16' }, files: BOTH },
  { compiler: 'TypeScript 7', settings: { module: 'nodenext' }, files: BOTH },
] as const;

const COMMON = {
  target: 'es2022',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  declaration: true,
  outDir: 'out',
  skipLibCheck: false,
  types: [],
};

const packed = new PackedPackage();
let project: PackageProject;

beforeAll(async () => {
  project = await packed.install('compilers', [
    'inversify@7.11.0',
    'reflect-metadata@0.2.2',
    'typescript@5.9.3',
  ]);
  await project.write({ ...BOTH, ...PLAIN });
});

// What compiles so compiles with `skipLibCheck` as well, which only leaves errors out.
describe('a program compiles, and the declarations with it', () => {
  it.each(WAYS)('by $compiler, $settings', async ({ compiler, settings, files }) => {
    const compilerOptions = { ...COMMON, ...settings };
    const tsconfig = { compilerOptions, files: Object.keys(files) };
    await project.write({ 'tsconfig.json': JSON.stringify(tsconfig) });

    const said = await project.run(process.execPath, COMPILERS[compiler], '-p', '.');

    expect(said).toEqual({ code: 0, text: '' });
  });
});
