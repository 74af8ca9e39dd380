/** Runs one of the shops with a listener that fails; whether the process survives that is its exit code: `node failing-listener.js before`. */
import 'reflect-metadata';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { Shop } from './claims.js';

const [side = 'after'] = process.argv.slice(2);
const { ShopWithLedgerModule, Checkout, PostOffice } = (await import(`./${side}/shop.js`)) as Shop;

const app = await NestFactory.createApplicationContext(ShopWithLedgerModule, { logger: ['error'] });
app.get(PostOffice).open();
await app.get(Checkout).place('7');
await nextTurn();
await app.close();
console.log('The shop has closed.');
