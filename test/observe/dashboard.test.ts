/** The dashboard's server: who may use it, what it shows, and what it does. */
import { EventEmitter } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, On, Subscribe } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { type DashboardCommand, type DashboardOptions, dashboard } from 'carillon/dashboard';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { gate } from '../support/gate.js';

class OrderPlaced {
  constructor(
    readonly id: string,
    readonly password = 'open sesame',
  ) {}
}

class Shop {
  @On(OrderPlaced)
  pack() {
    void application?.bus.publish('order.packed', 1);
  }

  @Subscribe('order.*')
  note(_event: unknown) {}

  @Deferred('receipt', { queue: 'mail', attempts: 1 })
  async send() {
    if (isBroken) throw new TypeError('ada@example.org is unknown');
  }
}

let application: ReturnType<typeof createApplication> | undefined;
let isBroken = true;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await application?.stop();
  isBroken = true;
});

async function opened(options: DashboardOptions = {}) {
  application = createApplication({ onError: () => undefined });
  application.attach(new Shop());
  await application.start();
  const board = dashboard(application, options);
  const { url } = await board.listen();
  const [address = ''] = url.split('#');
  const session = await post(`${address}session`, board.token);
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { application, board, address, cookie };
}

function post(url: string, body: string, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    body,
    headers: { origin: new URL(url).origin, ...headers },
  });
}

interface Entry {
  readonly id: number;
  readonly kind: string;
  readonly event: string;
  readonly cause?: number;
  readonly took?: number;
  readonly handler?: string;
  readonly payload?: string;
  readonly error?: string;
}

/** The feed from an entry on, until it has what is asked for. */
async function entriesUntil(
  { address, cookie }: { address: string; cookie: string },
  isEnough: (entries: Entry[]) => boolean,
  lastId = '0',
): Promise<Entry[]> {
  const abort = new AbortController();
  const response = await fetch(`${address}feed`, {
    headers: { cookie, 'last-event-id': lastId },
    signal: abort.signal,
  });
  const entries = new Map<number, Entry>();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk as Uint8Array);
    for (const [, data = ''] of text.matchAll(/^data: (.*)\n/gm))
      for (const entry of (JSON.parse(data) as { entries: Entry[] }).entries)
        entries.set(entry.id, entry);
    if (isEnough([...entries.values()])) break;
  }
  abort.abort();
  return [...entries.values()];
}

describe('the feed', () => {
  it('has what was sent, who handled it and for how long, what led to it, and no secret', async () => {
    const server = await opened();

    server.application.events.emit(new OrderPlaced('42'));
    server.application.events.emit('nobody.hears', 1);
    const entries = await entriesUntil(
      server,
      (all) =>
        all.length >= 5 && all.every(({ kind, took }) => kind !== 'handled' || took !== undefined),
    );

    const [placed, packed, published, noted] = entries;
    expect(placed).toMatchObject({ kind: 'sent', event: 'OrderPlaced' });
    expect(placed?.payload).toBe('{"id":"42","password":"[redacted]"}');
    expect(packed).toMatchObject({ kind: 'handled', handler: 'Shop.pack', cause: placed?.id });
    expect(published).toMatchObject({ kind: 'sent', event: 'order.packed', cause: packed?.id });
    expect(noted).toMatchObject({ kind: 'handled', handler: 'Shop.note' });
    expect(entries.map(({ kind }) => kind)).toContain('unheard');
  });

  it('goes on behind what its reader has had, and ends with the application', async () => {
    const server = await opened();
    server.application.events.emit(new OrderPlaced('1'));
    const before = await entriesUntil(server, (all) => all.length >= 4);

    server.application.events.emit(new OrderPlaced('2'));
    const after = await entriesUntil(
      server,
      (all) => all.length > 0,
      String(before.length * 2 - 2),
    );

    expect(after.some(({ payload }) => payload?.includes('"1"'))).toBe(false);
    server.board.close();
    await expect(fetch(`${server.address}feed`)).rejects.toThrow();
  });

  it('goes on behind what a page says that it has had', async () => {
    const { application: app, address, cookie } = await opened();
    for (let id = 0; id < 3; id += 1) app.events.emit(`number.${id}`, id);

    const response = await fetch(`${address}feed?seen=4`, { headers: { cookie } });
    const events: string[] = [];
    for await (const chunk of response.body ?? []) {
      const [, data] = /^data: (.*)\n/m.exec(new TextDecoder().decode(chunk as Uint8Array)) ?? [];
      if (data === undefined) continue;
      for (const { event } of (JSON.parse(data) as { entries: Entry[] }).entries)
        events.push(event);
      break;
    }

    expect(events).toEqual(['number.2', 'number.2']);
  });

  it('ends for a reader that cancels the answer', async () => {
    const { board, cookie } = await opened();
    const headers = { cookie, host: '127.0.0.1' };
    const { body } = (await board.fetch(new Request('http://127.0.0.1/feed', { headers }))) as {
      body: ReadableStream<Uint8Array>;
    };
    await body.cancel();

    // It would write to a stream that is closed, which throws.
    expect(() => board.close()).not.toThrow();
  });

  it('costs nothing once it is closed: emits take the fast path again', async () => {
    const { application: app, board } = await opened();
    const { runtime } = app.scope as unknown as {
      runtime: { fastPathDepth: number; interceptors: unknown[] };
    };
    const during = runtime.fastPathDepth;

    board.close();

    expect({ during, after: runtime.fastPathDepth, interceptors: runtime.interceptors }).toEqual({
      during: -1,
      after: 100,
      interceptors: [],
    });
  });
});

describe('a client', () => {
  it.each([
    ['//', 404],
    ['//evil.example.org/about', 404],
    ['/%', 404],
    ['http://[', 200],
    ['http://127.0.0.1/about', 401],
    ['*', 200],
  ])('that asks for %s gets an answer, and the process goes on', async (target, status) => {
    const { address, board, cookie } = await opened();
    const { port } = new URL(address);
    const auth = target.startsWith('http') ? {} : { cookie };

    expect(await statusOf(Number(port), target, auth)).toBe(status);
    expect((await fetch(`${address}about`, { headers: { cookie } })).status).toBe(200);
    board.close();
  });

  it('that has gone while it was asked who it is leaves no stream behind', async () => {
    const asked = gate();
    const { board } = await opened({ auth: () => asked.promise.then(() => true) });
    const response = Object.assign(new EventEmitter(), {
      destroyed: true,
      writeHead: () => undefined,
      write: () => false,
      end: () => ended.open(),
    });
    const ended = gate();
    board.node()({ method: 'GET', url: '/feed', headers: { host: 'localhost' } }, response);

    asked.open();
    await ended.promise;

    expect(response.eventNames()).toEqual([]);
  });

  it('of fetch that has gone before it was answered leaves no stream behind', async () => {
    const { board, cookie } = await opened();
    const request = new Request('http://127.0.0.1/feed', {
      headers: { cookie, host: '127.0.0.1' },
      signal: AbortSignal.abort(),
    });

    const response = (await board.fetch(request)) as Response;

    // It ends by itself.
    expect(await response.text()).toContain('retry:');
  });
});

describe('a payload', () => {
  it('is shown without the secrets of a map', async () => {
    const server = await opened();
    server.application.events.emit('signed.in', new Map([['password', 'open sesame']]));

    const [entry] = await entriesUntil(server, (entries) => entries.length > 0);

    expect(entry?.payload).toBe('[["password","[redacted]"]]');
  });

  it('is looked at no further than its text can show', async () => {
    const server = await opened();
    let looks = 0;
    const wide = (depth: number): unknown =>
      Array.from({ length: 40 }, () =>
        depth === 0
          ? Object.defineProperty({}, 'seen', { enumerable: true, get: () => (looks += 1) })
          : wide(depth - 1),
      );
    server.application.events.emit('wide', wide(2));

    const [entry] = await entriesUntil(server, (entries) => entries.length > 0);

    expect(entry?.payload?.length).toBeLessThanOrEqual(2001);
    expect(looks).toBeLessThanOrEqual(1000);
  });
});

describe('access', () => {
  it.each([
    ['another host', { host: 'evil.example.org' }, 403],
    ['a wrong cookie', { cookie: 'carillon-dashboard=x' }, 401],
    ['no cookie', {}, 401],
  ])('with %s is refused', async (_, headers, status) => {
    const { address } = await opened();
    const { port } = new URL(address);

    expect(await statusOf(Number(port), '/topology', headers)).toBe(status);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example.org' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
  ])('of a command from %s is refused', async (_, headers) => {
    const { address, cookie } = await opened({ commands: true });

    const { status } = await post(`${address}queues/mail/pause`, '{"reason":"test"}', {
      cookie,
      ...headers,
    });

    expect(status).toBe(403);
  });

  it('of a command is refused where the page is read-only, which is the default', async () => {
    const { address, cookie } = await opened();

    const { status } = await post(`${address}queues/mail/pause`, '{"reason":"test"}', { cookie });

    expect(status).toBe(403);
  });

  it('is what `auth` says, if there is one', async () => {
    const { address } = await opened({
      auth: (request) => 'url' in request && request.url === '/about',
    });

    const statuses = [await fetch(`${address}about`), await fetch(`${address}topology`)].map(
      ({ status }) => status,
    );

    expect(statuses).toEqual([200, 401]);
  });

  it('CAR7080 is not given to other machines without `auth`', async () => {
    const { board } = await opened();

    await expect(board.listen({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'CAR7080' });
  });

  it('CAR7080 says which port is taken, and keeps the cause', async () => {
    const { board, address } = await opened();
    const port = Number(new URL(address).port);

    const error = await board.listen({ port }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      message: `CAR7080: The dashboard cannot listen. Port ${port} of 127.0.0.1 is taken. Give another one, or 0 for one that is free.`,
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('CAR7080 says which host is none of this machine', async () => {
    const { board } = await opened({ auth: () => true });

    await expect(board.listen({ host: '192.0.2.1' })).rejects.toThrow(
      'CAR7080: The dashboard cannot listen. This machine has no address 192.0.2.1. Give one that it has',
    );
  });

  it.each([
    [{ port: 70_000 }, 'listen() has port: 70000.'],
    [{ port: '4100' }, 'listen() has port: "4100".'],
    [{ host: '' }, 'listen() has host: "".'],
    [{ prot: 4100 }, 'Did you mean port?'],
  ])('CAR7080 refuses to listen on %p', async (wrong, text) => {
    const { board } = await opened();

    await expect(board.listen(wrong as object)).rejects.toThrow(text);
  });

  it('CAR7080 is not given by a dashboard that was closed', async () => {
    const { board } = await opened();
    board.close();

    await expect(board.listen()).rejects.toMatchObject({ code: 'CAR7080' });
  });

  it('answers with a policy that runs no foreign script', async () => {
    const { address } = await opened();

    const { headers } = await fetch(address);

    expect(headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'",
    );
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

/** With headers that `fetch` does not let a program set. */
async function statusOf(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<number> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request({ port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('queues', () => {
  async function withLetter(options: DashboardOptions) {
    const server = await opened({ commands: true, ...options });
    await server.application.queue.defer('receipt', 1, { queue: 'mail' });
    await entriesUntil(server, (all) => all.some(({ error }) => error !== undefined));
    const list = async () =>
      (await (
        await fetch(`${server.address}queues/mail/dead`, { headers: { cookie: server.cookie } })
      ).json()) as { id: string }[];
    let letters = await list();
    while (letters.length === 0) letters = await list();
    return { ...server, letters };
  }

  it('shows dead letters without the text of their errors, which may hold a payload', async () => {
    const { letters } = await withLetter({});

    expect(JSON.stringify(letters)).toContain('TypeError');
    expect(JSON.stringify(letters)).not.toContain('ada@example.org');
  });

  it('sends them again, and writes down who said why', async () => {
    const commands: DashboardCommand[] = [];
    const { address, cookie, letters } = await withLetter({
      onCommand: (command) => commands.push(command),
    });
    isBroken = false;

    const ids = letters.map(({ id }) => id);
    const answer = await post(
      `${address}queues/mail/retry`,
      JSON.stringify({ which: { ids }, reason: 'the mail server is back' }),
      { cookie },
    );

    expect(await answer.json()).toEqual({ count: 1 });
    expect(commands).toMatchObject([
      { command: 'retry', queue: 'mail', reason: 'the mail server is back', count: 1 },
    ]);
  });

  it.each([
    '',
    '{}',
    '[]',
    '{"reason":"x"}',
    '{"reason":" ","which":{}}',
    '{"reason":"x","which":7}',
    'not JSON',
  ])(
    'refuses the command %j: without a filter and a reason it would mean all of them',
    async (body) => {
      const { address, cookie } = await opened({ commands: true });

      expect((await post(`${address}queues/mail/drop`, body, { cookie })).status).toBe(400);
    },
  );

  it('gives the code of what a queue refuses', async () => {
    const { address, cookie } = await opened({ commands: true });

    const answer = await post(
      `${address}queues/mail/drop`,
      '{"reason":"x","which":{"limit":"many"}}',
      { cookie },
    );

    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 409,
      body: { error: 'CAR5015' },
    });
  });
});

describe('mounted', () => {
  const serve = async (listener: Parameters<typeof createServer>[1]): Promise<string> => {
    const server: Server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(
      () => server.closeAllConnections(),
      () => new Promise((resolve) => server.close(resolve)),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const mounts = {
    'node:http': async () => {
      const { board } = await opened({ auth: () => true });
      return serve(board.node({ path: '/carillon' }));
    },
    Express: async () => {
      const { board } = await opened({ auth: () => true });
      return serve(express().use('/carillon', board.node()));
    },
    Koa: async () => {
      const { board } = await opened({ auth: () => true });
      return serve(new Koa().use(board.koa({ path: '/carillon' })).callback());
    },
    Fastify: async () => {
      const { board } = await opened({ auth: () => true });
      const app = fastify();
      await app.register(board.fastify(), { prefix: '/carillon' });
      ends.push(() => app.close());
      return app.listen({ host: '127.0.0.1', port: 0 });
    },
    Hono: async () => {
      const { board } = await opened({ auth: () => true });
      const { getRequestListener } = await import('@hono/node-server');
      const app = new Hono().all('/carillon', ({ req }) =>
        board.fetch(req.raw, { path: '/carillon' }),
      );
      app.all('/carillon/*', ({ req }) => board.fetch(req.raw, { path: '/carillon' }));
      return serve(getRequestListener(app.fetch));
    },
  };

  it.each(Object.entries(mounts))(
    'in %s it answers with its page and its data',
    async (_, mount) => {
      const address = await mount();

      const page = await fetch(`${address}/carillon`);
      const about = await fetch(`${address}/carillon/about`);

      expect({ url: page.url, text: await page.text() }).toEqual({
        url: `${address}/carillon/`,
        text: expect.stringContaining('<script type="module" src="./page.js">'),
      });
      expect(await about.json()).toEqual({
        application: 'application',
        environment: 'test',
        commands: false,
      });
    },
  );
});
