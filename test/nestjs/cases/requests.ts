/** What is built for a request, on Express and on Fastify. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import {
  Body,
  type CanActivate,
  Controller,
  Get,
  HttpException,
  type INestApplication,
  Inject,
  Injectable,
  type ModuleMetadata,
  Post,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Events, On } from 'carillon';
import { Carillon, type CarillonModuleOptions, RequestScope } from 'carillon/nestjs';
import { type Cases, Log, moduleOf } from './support.js';

class ItemAdded {
  constructor(readonly item: string) {}
}

const heard: string[] = [];

@Injectable({ scope: Scope.REQUEST })
class Visit {
  readonly name = 'visit';
}

@Injectable({ scope: Scope.REQUEST })
class Basket {
  readonly items: string[] = [];
  @Inject(Visit) private readonly visit!: Visit;

  @On(ItemAdded)
  add({ item }: ItemAdded) {
    this.items.push(`${item} of ${this.visit.name}`);
  }
}

/** Request-scoped because of what it needs. */
@Injectable()
class Till {
  readonly items: string[] = [];

  constructor(readonly basket: Basket) {}

  @On(ItemAdded)
  ring({ item }: ItemAdded) {
    this.items.push(item);
  }
}

@Injectable()
class Stock {
  @On(ItemAdded)
  take({ item }: ItemAdded) {
    heard.push(`stock ${item}`);
  }
}

@Injectable()
class Shelf {
  constructor(private readonly events: Events) {}

  take(item: string) {
    this.events.emit(new ItemAdded(item));
  }
}

const gate = { open: () => {}, passed: Promise.resolve() };

function shut(): void {
  gate.passed = new Promise((resolve) => {
    gate.open = resolve;
  });
}

@Injectable({ scope: Scope.REQUEST })
class Guard implements CanActivate {
  canActivate() {
    return true;
  }

  @On(ItemAdded)
  see({ item }: ItemAdded) {
    heard.push(`guard ${item}`);
  }
}

@Controller()
class Shop {
  constructor(
    private readonly shelf: Shelf,
    private readonly till: Till,
  ) {}

  @Get('take')
  async take() {
    await Promise.resolve();
    this.shelf.take('bell');
    return { basket: this.till.basket.items, till: this.till.items };
  }

  @Post('order')
  order(@Body() body: { item: string }) {
    this.shelf.take(body.item);
    return this.till.items;
  }

  @Get('fail')
  fail() {
    throw new HttpException('failed', 418);
  }

  @Get('slow')
  async slow() {
    heard.push('slow');
    await gate.passed;
    this.shelf.take('late');
    heard.push(this.till.items.join());
    return 'late';
  }
}

/** Nest builds its guard for each request, and so the controller. */
@Controller()
class GuardedDesk {
  constructor(private readonly shelf: Shelf) {}

  @UseGuards(Guard)
  @Get('guarded')
  guarded() {
    this.shelf.take('watched');
    return 'guarded';
  }
}

/** Its controller is a singleton. */
@Controller('static')
class StaticDesk {
  constructor(private readonly shelf: Shelf) {}

  @Get()
  take() {
    this.shelf.take('static');
    return 'ok';
  }
}

const PROVIDERS = [Visit, Basket, Till, Stock, Shelf];

async function serve(
  platform: Platform,
  options?: CarillonModuleOptions,
  metadata: ModuleMetadata = { controllers: [Shop, StaticDesk, GuardedDesk], providers: PROVIDERS },
): Promise<{ app: INestApplication; port: number; url: string }> {
  heard.length = 0;
  const module = moduleOf(metadata, options);
  const app = await NestFactory.create(module, await adapterOf(platform), { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return { app, port, url: `http://127.0.0.1:${port}` };
}

type Platform = 'express' | 'fastify';

async function adapterOf(platform: Platform) {
  if (platform === 'express') {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

async function json(url: string): Promise<unknown> {
  const answer = await fetch(url);
  return JSON.parse(await answer.text());
}

/** Resolves when no scope of a request is open. */
async function settled(app: INestApplication): Promise<void> {
  while (app.get(Carillon).census().scopes > 1)
    await new Promise((resolve) => setImmediate(resolve));
}

function casesOf(platform: Platform): Cases {
  return {
    'L1 what is built for a request hears that request alone, and then the singletons do':
      async () => {
        const { app, url } = await serve(platform);
        const once = await json(`${url}/take`);
        const again = await json(`${url}/take`);
        await settled(app);
        const { handlers } = app.get(Carillon).census();
        await app.close();

        assert.deepEqual(once, { basket: ['bell of visit'], till: ['bell'] });
        assert.deepEqual(again, once);
        assert.deepEqual(heard, ['stock bell', 'stock bell']);
        assert.equal(handlers, 1);
      },

    'a singleton controller reaches the singletons in a request': async () => {
      const { app, url } = await serve(platform);
      await fetch(`${url}/static`);
      await app.close();

      assert.deepEqual(heard, ['stock static']);
    },

    'a body in two packets keeps the request': async () => {
      const { app, port } = await serve(platform);
      const body = JSON.stringify({ item: 'rope' });
      const sent = httpRequest({
        port,
        host: '127.0.0.1',
        path: '/order',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      });
      sent.write(body.slice(0, 5));
      await new Promise((resolve) => setTimeout(resolve, 20));
      sent.end(body.slice(5));
      const [response] = await once(sent, 'response');
      let text = '';
      for await (const part of response) text += part;
      await app.close();

      assert.equal(text, '["rope"]');
    },

    'the scope of a request that fails ends, and so does that of an unknown route': async () => {
      const { app, url } = await serve(platform);
      const failed = await fetch(`${url}/fail`);
      await failed.text();
      const unknown = await fetch(`${url}/nowhere`);
      await unknown.text();
      await settled(app);
      await app.close();

      assert.deepEqual([failed.status, unknown.status], [418, 404]);
    },

    'L18 a handler whose client has gone keeps its scope until it has settled': async () => {
      const { app, port } = await serve(platform);
      shut();
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      while (!heard.includes('slow')) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 30));
      gate.open();
      await settled(app);
      const { handlers } = app.get(Carillon).census();
      await app.close();

      assert.deepEqual(heard, ['slow', 'stock late', 'late']);
      assert.equal(handlers, 1);
    },

    'what is bound by @UseGuards for a request is wired': async () => {
      const { app, url } = await serve(platform);
      await (await fetch(`${url}/guarded`)).text();
      await settled(app);
      await app.close();

      assert.deepEqual(heard, ['guard watched', 'stock watched']);
    },

    'CAR3020 a handler that never answers is ended by the limit': async () => {
      const log = new Log();
      const { app, port } = await serve(platform, {
        ...log.options,
        requests: { limit: 30, drain: 0 },
      });
      shut();
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      while (!log.codes.includes('CAR3020')) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      gate.open();
      await app.close();

      assert.deepEqual(log.codes, ['CAR3020']);
    },

    'requests that are served under a global prefix have scopes, too': async () => {
      heard.length = 0;
      const module = moduleOf({ controllers: [Shop, GuardedDesk], providers: PROVIDERS });
      const app = await NestFactory.create(module, await adapterOf(platform), { logger: false });
      app.setGlobalPrefix('api', { exclude: ['take'] });
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as { port: number };
      const inside = await json(`http://127.0.0.1:${port}/take`);
      await (await fetch(`http://127.0.0.1:${port}/api/guarded`)).text();
      await settled(app);
      await app.close();

      assert.deepEqual(inside, { basket: ['bell of visit'], till: ['bell'] });
      assert.deepEqual(heard, ['stock bell', 'guard watched', 'stock watched']);
    },
  };
}

export const express = casesOf('express');

export const fastify = casesOf('fastify');

export const contexts: Cases = {
  'a context that the program makes has a scope, which end() ends': async () => {
    heard.length = 0;
    const app = await NestFactory.createApplicationContext(moduleOf({ providers: PROVIDERS }), {
      logger: false,
    });
    const { ContextIdFactory, ModuleRef } = await import('@nestjs/core');
    const contextId = ContextIdFactory.create();
    const moduleRef = app.get(ModuleRef);
    const scope = await moduleRef.resolve(RequestScope, contextId, { strict: false });
    const till = await moduleRef.resolve(Till, contextId, { strict: false });
    scope.events.emit(new ItemAdded('by hand'));
    const during = app.get(Carillon).census().handlers;
    await scope.end();
    const after = app.get(Carillon).census().handlers;
    await app.close();

    assert.deepEqual(till.items, ['by hand']);
    assert.deepEqual(till.basket.items, ['by hand of visit']);
    assert.deepEqual(heard, ['stock by hand']);
    assert.deepEqual([during, after], [3, 1]);
  },
};
