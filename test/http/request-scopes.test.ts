/** Scopes of jobs, of connections, of `Request` and `Response`, and what they come from. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type CarillonError, On, type Scope } from 'carillon';
import { type ApplicationScope, createApplication } from 'carillon/adapter';
import { type RequestScopesOptions, requestScopes } from 'carillon/http';
import { events, scopeOf, stop } from 'carillon/inversify';
import { virtualClock } from 'carillon/testing';
import express from 'express';
import { Hono } from 'hono';
import { Container } from 'inversify';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { gate } from '../support/gate.js';
import { RawClient } from '../support/raw-client.js';

class Noted {
  constructor(readonly text: string) {}
}

class Notes {
  readonly texts: string[] = [];

  @On(Noted)
  note({ text }: Noted) {
    this.texts.push(text);
  }
}

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function scopesOf(options: RequestScopesOptions = {}) {
  const errors: CarillonError[] = [];
  const clock = virtualClock();
  const app = createApplication({ clock, onError: (error) => void errors.push(error) });
  return {
    app,
    clock,
    scopes: requestScopes(app, options),
    codes: () => errors.map(({ code }) => code),
  };
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('run', () => {
  it('gives each call a scope, which has ended when the promise settles', async () => {
    const { app, scopes } = scopesOf();
    const seen: unknown[] = [];
    const job = scopes.run('orders', async (container, order: string) => {
      const notes = container.attach(new Notes());
      await Promise.resolve();
      container.events.emit(new Noted(order));
      seen.push(notes.texts, container === scopes.current, container.scope.path);
      return order.length;
    });

    const length = await job('four');

    expect({ length, seen }).toEqual({ length: 4, seen: [['four'], true, 'application/orders'] });
    expect({ open: scopes.open, children: app.scope.children, current: scopes.current }).toEqual({
      open: 0,
      children: [],
      current: undefined,
    });
  });

  it('ends the scope also where the work fails', async () => {
    const { app, scopes } = scopesOf();
    const late = scopes.run('late', async () => {
      throw new Error('cracked');
    });
    const early = scopes.run('early', () => {
      throw new Error('broken');
    });

    await expect(late()).rejects.toThrow('cracked');
    await expect(early()).rejects.toThrow('broken');

    expect(app.scope.children).toEqual([]);
  });

  it('keeps the scope of a Response until its body was read, cancelled, or has failed', async () => {
    const { scopes } = scopesOf();
    const answer = scopes.run(
      'answer',
      async (_container, body: BodyInit | null) => new Response(body),
    );
    const endless = () =>
      new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1)) });
    const failing = new ReadableStream({ pull: (stream) => stream.error(new Error('cut')) });

    const read = await answer('hello');
    const during = scopes.open;
    const text = await read.text();
    await scopes.settled();
    await (await answer(endless())).body?.cancel();
    await scopes.settled();
    await expect((await answer(failing)).text()).rejects.toThrow('cut');
    await scopes.settled();
    const empty = await answer(null);
    await scopes.settled();

    expect({ during, text, status: empty.status }).toEqual({
      during: 1,
      text: 'hello',
      status: 200,
    });
  });

  it('CAR3020 a Response that nobody reads is ended by the limit', async () => {
    const { clock, scopes, codes } = scopesOf({ limit: '1m' });
    await scopes.run('answer', () => new Response('hello'))();

    await clock.advance('1m');
    await scopes.settled();

    expect(codes()).toEqual(['CAR3020']);
  });

  it('CAR3001 refuses what comes after the end of the application', async () => {
    const { app, scopes } = scopesOf();
    await app.stop();

    await expect(scopes.run('job', () => 1)()).rejects.toMatchObject({ code: 'CAR3001' });
  });

  it('L18 the end of the application waits for what runs, and settled() for the end', async () => {
    const { app, clock, scopes } = scopesOf();
    const finish = gate();
    const steps: string[] = [];
    const running = scopes.run('job', async () => {
      await finish.promise;
      steps.push('job');
    })();

    const stopping = app.stop().then(() => steps.push('stopped'));
    const settled = scopes.settled().then(() => steps.push('settled'));
    await clock.advance(100);
    finish.open();
    await Promise.all([running, stopping, settled]);

    expect(steps[0]).toBe('job');
    expect({ open: scopes.open, pending: clock.pending }).toEqual({ open: 0, pending: 0 });
  });
});

describe('the end of a scope', () => {
  it('CAR3003 is reported where a clean-up fails, and onEnd gets the report of every other', async () => {
    const reports: string[] = [];
    const { scopes, codes } = scopesOf({ onEnd: ({ scope }) => void reports.push(scope) });

    await scopes.run('good', () => 1)();
    await scopes.run('bad', ({ scope }) =>
      scope.onDispose(() => {
        throw new Error('stuck');
      }),
    )();

    expect({ reports, codes: codes() }).toEqual({ reports: ['good'], codes: ['CAR3003'] });
  });

  it('CAR3021 reports what onEnd throws', async () => {
    const { scopes, codes } = scopesOf({
      onEnd: () => {
        throw new Error('no room');
      },
    });

    await scopes.run('job', () => 1)();

    expect(codes()).toEqual(['CAR3021']);
  });

  it('comes in the turn in which the response is closed, where nothing runs', () => {
    const { app, scopes } = scopesOf();
    const response = new EventEmitter();
    const notes = new Notes();
    scopes.express()({}, response, () => scopes.current?.attach(notes));
    const [scope] = app.scope.children;

    scope?.emitter.emit(new Noted('before'));
    response.emit('close');
    const { state } = scope as Scope;
    scope?.emitter.emit(new Noted('after'));

    expect({ state, open: scopes.open, children: app.scope.children }).toEqual({
      state: 'ended',
      open: 0,
      children: [],
    });
    expect(notes.texts).toEqual(['before']);
  });

  it('L18 waits for a handler that has not settled when the response is closed', async () => {
    const { scopes } = scopesOf();
    const response = new EventEmitter();
    const finish = gate();
    const states: (string | undefined)[] = [];
    const handler = scopes.handler(async ({ scope }) => {
      await finish.promise;
      states.push(scope.state);
    });
    let handling: Promise<void> | undefined;
    scopes.express()({}, response, () => {
      handling = handler();
    });

    response.emit('close');
    states.push(String(scopes.open));
    finish.open();
    await handling;
    await scopes.settled();

    expect(states).toEqual(['1', 'open']);
  });

  it('CAR3003 is reported once, whatever ends the scope as well', async () => {
    const { clock, scopes, codes } = scopesOf({ limit: '1m' });
    const response = new EventEmitter();
    const close = gate();
    scopes.express()({}, response, () =>
      scopes.current?.scope.onDispose(async () => {
        await close.promise;
        throw new Error('stuck');
      }),
    );

    response.emit('close');
    await clock.advance('1m');
    close.open();
    await scopes.settled();
    await clock.advance(0);

    expect(codes().filter((code) => code === 'CAR3003')).toEqual(['CAR3003']);
  });

  it('CAR3008 reports what was left behind, where no onEnd is told', async () => {
    const reports: string[] = [];
    const alone = scopesOf({ drain: 10 });
    const told = scopesOf({
      drain: 10,
      onEnd: ({ cleanups }) => void reports.push(...cleanups.map(({ cleanup }) => cleanup)),
    });
    const never = ({ scope }: ApplicationScope) =>
      scope.onDispose(function stuck() {
        return new Promise<void>(() => undefined);
      });
    const response = new EventEmitter();
    alone.scopes.express()({}, response, () => never(alone.scopes.current as ApplicationScope));

    response.emit('close');
    const running = [alone.scopes.run('job', never)(), told.scopes.run('job', never)()];
    await Promise.all([alone.clock.advance('1m'), told.clock.advance('1m')]);
    await Promise.all(running);

    expect({ alone: alone.codes(), told: told.codes(), reports }).toEqual({
      alone: ['CAR3008', 'CAR3008'],
      told: [],
      reports: ['the clean-up stuck'],
    });
  });

  it('is counted also where the program ends it', async () => {
    const { clock, scopes } = scopesOf({ limit: '1m' });
    const finish = gate();
    const running = scopes.run('job', async ({ scope }) => {
      scope.dispose();
      await finish.promise;
    })();

    const during = scopes.open;
    finish.open();
    await scopes.settled();
    await running;

    expect({ during, open: scopes.open, pending: clock.pending }).toEqual({
      during: 1,
      open: 0,
      pending: 0,
    });
  });
});

describe('handler', () => {
  it('CAR2011 refuses a call outside of a request', () => {
    const { scopes } = scopesOf();

    expect(() => scopes.handler(() => 1)()).toThrow(
      'CAR2011: A handler of requestScopes() was called outside',
    );
  });
});

describe('requestScopes', () => {
  it('CAR2011 refuses a container that opens no scopes', () => {
    expect(() => requestScopes(new Container())).toThrow(
      'CAR2011: requestScopes() was given a container',
    );
    expect(() => requestScopes(undefined as never)).toThrow('CAR2011');
  });

  it('CAR7005 refuses options that are wrong', () => {
    expect(() => scopesOf({ limit: '0s' })).toThrow('CAR7005');
    expect(() => scopesOf({ limt: 1 } as never)).toThrow(
      'CAR7005: requestScopes() has the unknown option limt. Did you mean limit?',
    );
  });
});

describe('a container of InversifyJS', () => {
  it('gives each request a child container, from which inversify() resolves', async () => {
    const container = new Container();
    container.register(events());
    container.bind(Notes).toSelf().inTransientScope();
    container.bind('shared').toConstantValue('shared');
    const scopes = requestScopes(container);
    const current = scopes.inversify();
    const heard: unknown[] = [];

    const job = scopes.run('job', async (request) => {
      const notes = current.get(Notes);
      await Promise.resolve();
      scopeOf(request).emitter.emit(new Noted('mine'));
      scopeOf(container).emitter.emit(new Noted('not mine'));
      heard.push(notes.texts, current.get('shared'), current.isBound(Notes));
      return request;
    });
    const first = await job();
    const second = await job();
    const outside = current.get(Notes);
    scopeOf(container).emitter.emit(new Noted('outside'));
    await stop(container);

    expect(first === second).toBe(false);
    expect(heard).toEqual([['mine'], 'shared', true, ['mine'], 'shared', true]);
    expect(outside.texts).toEqual(['outside']);
  });

  it('W11 a scope that was opened in it opens others', async () => {
    const container = new Container();
    container.register(events({ name: 'shop' }));
    const scopes = requestScopes(container);
    const paths: string[] = [];

    await scopes.run('outer', async (outer) => {
      await requestScopes(outer).run('inner', (inner) => void paths.push(scopeOf(inner).path))();
    })();

    expect(paths).toEqual(['shop/outer/inner']);
  });
});

describe('Hono without Node.js', () => {
  it('ends with the answer, with the last of a stream, and with an error', async () => {
    const { scopes } = scopesOf();
    const app = new Hono();
    const seen: boolean[] = [];
    app.use(scopes.hono());
    app.get('/text', (context) => context.text('hello'));
    app.get('/empty', (context) => context.body(null, 204));
    app.get('/fail', () => {
      throw new Error('cracked');
    });
    app.get('/stream', (context) => {
      const container = scopes.of(context);
      seen.push(container !== undefined && container === scopes.current);
      return context.body(
        new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1)) }),
      );
    });
    app.onError((_, context) => {
      seen.push(scopes.current !== undefined);
      return context.text('failed', 500);
    });

    const text = await (await app.request('/text')).text();
    await app.request('/empty');
    const failed = await (await app.request('/fail')).text();
    await scopes.settled();
    const stream = await app.request('/stream');
    const during = scopes.open;
    await stream.body?.cancel();
    await scopes.settled();

    expect({ text, failed, during, seen }).toEqual({
      text: 'hello',
      failed: 'failed',
      during: 1,
      seen: [true, true],
    });
  });
});

describe('a request', () => {
  it('that was over before its scope was opened has one that ends at once', async () => {
    const { scopes } = scopesOf();
    const [arrived, wait, opened] = [gate(), gate(), gate<boolean>()];
    const app = express();
    app.use(async (_request, response, next) => {
      response.once('close', () => wait.open());
      arrived.open();
      await wait.promise;
      next();
    });
    app.use(scopes.express(), scopes.express());
    app.use((request) => opened.open(scopes.of(request) === scopes.current));
    const server = createServer(app);
    ends.push(() => server.close());
    const client = await RawClient.open(await listening(server));

    client.get('/');
    await arrived.promise;
    client.leave();
    const isCurrent = await opened.promise;
    await scopes.settled();

    expect({ isCurrent, open: scopes.open }).toEqual({ isCurrent: true, open: 0 });
  });
});

describe('connection', () => {
  /** Remembers the scope of each message, and holds those that say so. */
  function listener(finish: Promise<void>) {
    const seen: string[] = [];
    const containers = new Set<ApplicationScope>();
    const arrived = gate();
    const hear = async (container: ApplicationScope, data: unknown) => {
      containers.add(container);
      const text = String(data);
      seen.push(text);
      if (text === 'fail') throw new Error('cracked');
      if (text === 'hold') {
        arrived.open();
        await finish;
        seen.push(`held in a scope that is ${container.scope.state}`);
      }
    };
    return { arrived: arrived.promise, containers, hear, seen };
  }

  it('L18 a WebSocket has one scope, which ends when it is closed and its listeners have settled', async () => {
    const { scopes, codes } = scopesOf();
    const finish = gate();
    const { arrived, containers, hear, seen } = listener(finish.promise);
    const current: boolean[] = [];
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    const port = await listening(http);
    ends.push(
      () => server.close(),
      () => http.close(),
    );
    const closed = gate();
    server.on('connection', (socket) => {
      socket.on('message', scopes.connection(socket, hear));
      socket.on(
        'message',
        scopes.connection(socket, async (container) => {
          await Promise.resolve();
          current.push(scopes.current === container);
        }),
      );
      socket.once('close', () => closed.open());
    });

    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(client, 'open');
    for (const text of ['hello', 'fail', 'hold']) client.send(text);
    await arrived;
    client.terminate();
    await closed.promise;
    const during = scopes.open;
    finish.open();
    await scopes.settled();

    expect(seen).toEqual(['hello', 'fail', 'hold', 'held in a scope that is open']);
    expect({ during, size: containers.size, current }).toEqual({
      during: 1,
      size: 1,
      current: [true, true, true],
    });
    expect(codes()).toEqual(['CAR3021']);
  });

  it('a socket of Socket.IO ends when it disconnects, and not when its client says so', async () => {
    const { scopes } = scopesOf();
    const finish = gate();
    const { arrived, hear, seen } = listener(finish.promise);
    const http = createServer();
    const server = new SocketIoServer(http);
    const port = await listening(http);
    const disconnected = gate();
    server.on('connection', (socket) => {
      socket.on('note', scopes.connection(socket, hear));
      socket.once('disconnect', () => disconnected.open());
    });

    const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
    ends.push(
      () => server.close(),
      () => client.close(),
    );
    await new Promise<void>((resolve) => client.once('connect', resolve));
    client.emit('close');
    client.emit('note', 'hold');
    await arrived;
    client.disconnect();
    await disconnected.promise;
    const during = scopes.open;
    finish.open();
    await scopes.settled();

    expect({ during, seen }).toEqual({ during: 1, seen: ['hold', 'held in a scope that is open'] });
  });

  it('a connection has no limit, and tells once of what comes after the end of the application', async () => {
    const { app, clock, scopes, codes } = scopesOf({ limit: '1m' });
    const { hear, seen } = listener(Promise.resolve());
    const socket = new EventEmitter();
    socket.on('message', scopes.connection(socket, hear));

    await clock.advance('1h');
    socket.emit('message', 'after an hour');
    await app.stop();
    for (let times = 0; times < 3; times += 1) socket.emit('message', 'too late');

    expect({ seen, codes: codes() }).toEqual({ seen: ['after an hour'], codes: ['CAR3021'] });
  });

  it('an upgraded socket has a scope, and one that is closed already has none for long', async () => {
    const { scopes } = scopesOf();
    const { containers, hear } = listener(Promise.resolve());
    const server = createServer();
    const arrived = gate<Socket>();
    const heard = gate();
    server.on('upgrade', (_request, socket: Socket) => {
      socket.on(
        'data',
        scopes.connection(socket, (container, data) => {
          heard.open();
          return hear(container, data);
        }),
      );
      // An upgraded socket may stay half open.
      socket.once('end', () => socket.end());
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: bell\r\nconnection: upgrade\r\n\r\n',
      );
      arrived.open(socket);
    });
    ends.push(() => server.close());
    const client = await RawClient.open(await listening(server));

    client.send('GET / HTTP/1.1', 'host: here', 'connection: upgrade', 'upgrade: bell', '', '');
    await arrived.promise;
    await client.receive(/101/);
    client.send('ring');
    await heard.promise;
    const during = scopes.open;
    client.leave();
    await scopes.settled();
    const closed = { destroyed: true, once: () => undefined };
    scopes.connection(closed, hear)('never');
    await scopes.settled();

    expect({ during, size: containers.size, open: scopes.open }).toEqual({
      during: 1,
      size: 1,
      open: 0,
    });
  });
});
