/** The shop of examples/nest-migration with `@nestjs/event-emitter` 12.0.1, where each claim fails, and with Carillon, where each holds. */
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import * as after from '../../examples/nest-migration/after/shop.js';
import { Checkout } from '../../examples/nest-migration/before/checkout.js';
import * as before from '../../examples/nest-migration/before/shop.js';
import { Stock } from '../../examples/nest-migration/before/stock.js';
import { CLAIMS } from '../../examples/nest-migration/claims.js';
import { Program } from '../support/program.js';

const FOLDER = 'build/examples/nest-migration';

/** What the shop does before the migration. */
const FAULTS = [
  'found: nothing',
  'in the basket of the request: nothing',
  'receipts sent before the end: 0, after it: 1',
  'packed: 7, 7',
];

const CASES = CLAIMS.map((claim, index) => ({ ...claim, fault: FAULTS[index] as string }));

function failingListener(side: string) {
  return new Program([`${FOLDER}/failing-listener.js`, side], { NO_COLOR: '1' }).ended;
}

describe('examples/nest-migration', () => {
  it('compares with the version that is installed', () => {
    const { version } = createRequire(import.meta.url)('@nestjs/event-emitter/package.json');

    expect(version).toBe('12.0.1');
  });

  it.each(CASES)('$title: not with event-emitter', async ({ run, fault }) => {
    expect(await run(before)).toBe(fault);
  });

  it.each(CASES)('$title: with Carillon', async ({ run, right }) => {
    expect(await run(after)).toBe(right);
  });

  it('an error in a listener ends the process with event-emitter, and is reported with Carillon', async () => {
    const old = await failingListener('before');
    const now = await failingListener('after');

    expect(old.code).toBe(1);
    expect(old.output).toContain('Error: order 7 cannot be booked');
    expect(old.output).not.toContain('The shop has closed.');
    expect(now.code).toBe(0);
    expect(now.output).toContain('CAR4001: Ledger.book failed on OrderPlaced in scope "shop"');
    expect(now.output).toContain('The shop has closed.');
  });

  it('an alias by useExisting is heard once with event-emitter too: only one by a factory is heard twice', async () => {
    class Shop {}
    Module({
      imports: [EventEmitterModule.forRoot()],
      providers: [Checkout, Stock, { provide: 'WAREHOUSE', useExisting: Stock }],
    })(Shop);
    const app = await NestFactory.createApplicationContext(Shop, { logger: false });
    await app.get(Checkout).place('7');
    const { packed } = app.get(Stock);
    await app.close();

    expect(packed).toEqual(['7']);
  });

  it('prints both, and ends well', async () => {
    const { code, output } = await new Program([`${FOLDER}/main.js`]).ended;

    const lines = CASES.flatMap(({ title, fault, right }) => [
      title,
      `  before  ${fault}`,
      `  after   ${right}`,
    ]);
    expect(output.trimEnd().split('\n')).toEqual([
      ...lines,
      'An error in a listener does not end the process',
      '  before  exit code 1',
      '  after   exit code 0',
      'Each claim holds after the migration alone.',
    ]);
    expect(code).toBe(0);
  });
});
