/** One route of NestJS, whose controller and services are built for each request; the controller calls both. */
import 'reflect-metadata';
import { Controller, Get, Inject, Injectable, Module, Param, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { answerOf, Basket, ItemAdded, Log } from './services.mjs';

Injectable({ scope: Scope.REQUEST })(Basket);
Injectable({ scope: Scope.REQUEST })(Log);

class Items {
  /**
   * @param {Basket} basket
   * @param {Log} log
   */
  constructor(basket, log) {
    this.basket = basket;
    this.log = log;
  }

  /** @param {string} id */
  async add(id) {
    const event = new ItemAdded(id);
    this.basket.add(event);
    this.log.note(event);
    return answerOf(this.basket, this.log);
  }
}
Inject(Basket)(Items, undefined, 0);
Inject(Log)(Items, undefined, 1);
Get(':id')(Items.prototype, 'add', Object.getOwnPropertyDescriptor(Items.prototype, 'add'));
Param('id')(Items.prototype, 'add', 0);
Controller('items')(Items);

class Application {}
Module({ controllers: [Items], providers: [Basket, Log] })(Application);

/** @param {'express' | 'fastify'} framework */
export async function listen(framework) {
  const adapter = framework === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(Application, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}
