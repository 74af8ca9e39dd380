/** The HTTP packages of InversifyJS: controllers, and all that they need, come from the container of the request. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Controller, Get } from '@inversifyjs/http-core';
import { InversifyExpressHttpAdapter } from '@inversifyjs/http-express';
import { InversifyFastifyHttpAdapter } from '@inversifyjs/http-fastify';
import { InversifyHonoHttpAdapter } from '@inversifyjs/http-hono';
import { describe, expect, it } from '@jest/globals';
import { On, Scope } from 'carillon';
import { type RequestScopes, requestScopes } from 'carillon/http';
import { census, events, stop } from 'carillon/inversify';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { Container, inject, injectable } from 'inversify';

class Asked {
  readonly by: string[] = [];
}

@injectable()
class Visit {
  count = 0;

  @On(Asked)
  note(asked: Asked) {
    this.count += 1;
    asked.by.push('visit');
  }
}

@Controller('/visits')
class VisitController {
  constructor(
    @inject(Scope) private readonly scope: Scope,
    @inject(Visit) readonly visit: Visit,
  ) {}

  @On(Asked)
  note(asked: Asked) {
    asked.by.push('controller');
  }

  @Get()
  async show(): Promise<string> {
    const asked = new Asked();
    this.scope.emitter.emit(asked);
    await new Promise((resolve) => setImmediate(resolve));
    return `${this.scope.path}: ${asked.by.sort().join()}, ${this.visit.count}`;
  }
}

type Scopes = RequestScopes<Container>;

const SERVERS: Readonly<Record<string, (scopes: Scopes) => Promise<Server>>> = {
  async Express(scopes) {
    const adapter = new InversifyExpressHttpAdapter(
      scopes.inversify(),
      { logger: false },
      express().use(scopes.express()),
    );
    return createServer(await adapter.build());
  },

  async Fastify(scopes) {
    const app = Fastify();
    await app.register(scopes.fastify());
    const adapter = new InversifyFastifyHttpAdapter(scopes.inversify(), { logger: false }, app);
    const built = await adapter.build();
    await built.ready();
    return built.server;
  },

  async Hono(scopes) {
    const app = new Hono();
    app.use(scopes.hono());
    const adapter = new InversifyHonoHttpAdapter(scopes.inversify(), { logger: false }, app);
    return createServer(getRequestListener((await adapter.build()).fetch));
  },
};

describe.each(Object.entries(SERVERS))('@inversifyjs/http on %s', (_, start) => {
  it('W8 controllers and what they need are of the request, and hear nothing after it', async () => {
    const container = new Container();
    container.register(events());
    container.bind(VisitController).toSelf().inTransientScope();
    container.bind(Visit).toSelf().inTransientScope();
    const scopes = requestScopes(container);
    const server = await start(scopes);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;

    const answers: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/visits`);
      answers.push(await answer.text());
      await scopes.settled();
    }
    const { handlers } = census(container);
    await new Promise((resolve) => server.close(resolve));
    await stop(container);

    expect(answers).toEqual([
      'application/request 1: controller,visit, 1',
      'application/request 2: controller,visit, 1',
      'application/request 3: controller,visit, 1',
    ]);
    expect(handlers).toBe(0);
  });
});
