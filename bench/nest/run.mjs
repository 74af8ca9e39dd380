/**
 * What Carillon costs in NestJS, side by side with `@nestjs/event-emitter` in one process, in turns: an emit to three listeners, and the start of an
 * application with a thousand providers. `--smoke` only proves that it works.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Events, On } from 'carillon';
import { CarillonModule } from 'carillon/nestjs';

const { values: flags } = parseArgs({ options: { smoke: { type: 'boolean' } } });
const ROUNDS = flags.smoke ? 1 : 100;
const EMITS = flags.smoke ? 10 : 20_000;
const PROVIDERS = flags.smoke ? 10 : 1000;

/** @typedef {() => Promise<number> | number} Round */

let calls = 0;

/**
 * Three services that hear by the decorator.
 *
 * @param {(event: string) => Function} decorator
 */
function listeners(decorator) {
  return [1, 2, 3].map(() => {
    class Listener {
      hear() {
        calls += 1;
      }
    }
    const method = /** @type {PropertyDescriptor} */ (
      Object.getOwnPropertyDescriptor(Listener.prototype, 'hear')
    );
    decorator('order.placed')(Listener.prototype, 'hear', method);
    Injectable()(Listener);
    return Listener;
  });
}

/** @param {object} metadata */
function application(metadata) {
  class AppModule {}
  Module(metadata)(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}

/**
 * The least time of each, in nanoseconds; they take turns, each as often after every other: what one leaves to the collector, the next one pays.
 *
 * @param {Readonly<Record<string, Round>>} contenders
 */
async function least(contenders) {
  /** @type {Record<string, number>} */
  const best = {};
  const orders = permutations(Object.entries(contenders));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, run] of orders[round % orders.length])
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, await run());
  return best;
}

/**
 * @template T
 * @param {readonly T[]} items
 * @returns {T[][]}
 */
function permutations(items) {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first) =>
    permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}

/** @param {() => void} emit */
function emitRound(emit) {
  return () => {
    const before = calls;
    const start = process.hrtime.bigint();
    for (let index = 0; index < EMITS; index += 1) emit();
    const time = Number(process.hrtime.bigint() - start) / EMITS;
    if (calls - before !== 3 * EMITS) throw new Error(`${calls - before} calls of ${3 * EMITS}`);
    return time;
  };
}

async function emits() {
  const ours = await application({
    imports: [CarillonModule.forRoot()],
    providers: listeners(On),
  });
  const theirs = await application({
    imports: [EventEmitterModule.forRoot()],
    providers: listeners(OnEvent),
  });
  const events = ours.get(Events);
  const emitter = theirs.get(EventEmitter2);
  const order = { id: '42' };
  const best = await least({
    carillon: emitRound(() => events.emit('order.placed', order)),
    'event-emitter': emitRound(() => void emitter.emit('order.placed', order)),
  });
  await ours.close();
  await theirs.close();
  return best;
}

async function starts() {
  const providers = Array.from({ length: PROVIDERS }, () => {
    class Service {}
    Injectable()(Service);
    return Service;
  });
  /** @param {readonly object[]} imports */
  const startRound = (imports) => async () => {
    const start = process.hrtime.bigint();
    const app = await application({ imports, providers });
    const time = Number(process.hrtime.bigint() - start);
    await app.close();
    return time;
  };
  return least({
    carillon: startRound([CarillonModule.forRoot()]),
    'event-emitter': startRound([EventEmitterModule.forRoot()]),
    nest: startRound([]),
  });
}

const emit = await emits();
const start = await starts();
/** @param {number} value */
const shown = (value) => value.toFixed(2);
console.log(`emit to three listeners, ns: ${JSON.stringify(emit)}`);
console.log(`  event-emitter / carillon: ${shown(emit['event-emitter'] / emit['carillon'])}`);
console.log(`start with ${PROVIDERS} providers, ns: ${JSON.stringify(start)}`);
console.log(`  carillon / nest: ${shown(start['carillon'] / start['nest'])}`);
console.log(`  carillon / event-emitter: ${shown(start['carillon'] / start['event-emitter'])}`);
process.exit();
