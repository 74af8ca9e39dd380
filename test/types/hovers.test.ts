/** What an editor shows of the decorators: the types as the compiler writes them into a user's own declarations. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'carillon-hovers-'));
let shown = '';

const program = `import { Deferred, defineEvent, type Delivery, On, Once, Subscribe } from 'carillon';
class OrderPlaced { constructor(readonly id: string) {} }
class OrderShipped { constructor(readonly carrier: string) {} }
export const Tick = defineEvent<{ dt: number }>('tick');
declare module 'carillon' { interface EventMap { 'order.placed': OrderPlaced; 'order.shipped': OrderShipped } }
export const byClass = On(OrderPlaced);
export const byToken = Once(Tick);
export const byTopic = Deferred('order.placed', { queue: 'mail' });
export const byPattern = Subscribe('order.*');
export const byList = On([OrderPlaced, Tick], { when: (event) => 'id' in event });
export const unknownTopic = On('order.unheard');
export const signalOf = (delivery: Delivery) => delivery.signal;
export const isAborted = (delivery: Delivery) => delivery.signal.aborted;
`;

beforeAll(async () => {
  writeFileSync(join(folder, 'program.mts'), program);
  const config = {
    extends: join(root, 'tsconfig.json'),
    // Nothing of Node and nothing of the DOM: there is no AbortSignal.
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      declaration: true,
      types: [],
      rootDir: '/',
      outDir: 'out',
    },
    include: ['program.mts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await promisify(execFile)(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    folder,
  ]);
  shown = readFileSync(join(folder, 'out', folder, 'program.d.mts'), 'utf8').replaceAll(
    /\s+/g,
    ' ',
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('an editor shows', () => {
  it.each([
    ['byClass', 'HandlerDecorator<OrderPlaced>'],
    ['byToken', 'HandlerDecorator<{ dt: number; }>'],
    ['byTopic', 'HandlerDecorator<OrderPlaced>'],
    ['byPattern', 'HandlerDecorator<OrderPlaced | OrderShipped>'],
    ['byList', 'HandlerDecorator<OrderPlaced | { dt: number; }>'],
    ['unknownTopic', 'HandlerDecorator<unknown>'],
    ['Tick', 'EventToken<{ dt: number; }>'],
  ])('%s as %s', (name, type) => {
    expect(shown.replaceAll(/import\("[^"]*"\)\./g, '')).toContain(`const ${name}: ${type};`);
  });

  it('a signal that can be used where the platform has no type of it', () => {
    expect(shown).toContain('isAborted: (delivery: Delivery) => boolean');
  });
});
