/** The scope of a request on each framework: when it ends, and that all of the request's code finds it. */
import { connect as connect2 } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, On } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { requestScopes } from 'carillon/http';
import { virtualClock } from 'carillon/testing';
import { gate } from '../support/gate.js';
import { type Answer, PROGRAMS, PROGRAMS_2, type StartProgram } from '../support/http-servers.js';
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

/** So many scopes were opened and closed, the context was never lost, and nothing is left. */
function ended(count: number) {
  return { opened: count, closed: count, lost: [], open: 0, timers: 0 };
}

/** A program whose handlers find their scope, with what a test waits for. */
async function started(start: StartProgram, routes: Readonly<Record<string, Answer>> = {}) {
  const clock = virtualClock();
  const errors: CarillonError[] = [];
  const app = createApplication({ clock, onError: (error) => void errors.push(error) });
  const counts = { opened: 0, closed: 0 };
  const lost: string[] = [];
  const failures: boolean[] = [];
  const arrivals: { readonly count: number; resolve(): void }[] = [];
  const scopes = requestScopes(app, {
    limit: '1m',
    drain: '10s',
    name: () => {
      counts.opened += 1;
      for (const { count, resolve } of arrivals) if (count <= counts.opened) resolve();
      return `request ${counts.opened}`;
    },
    onEnd: () => {
      counts.closed += 1;
    },
  });
  const answer: Answer = async (path, body, container) => {
    if (container === undefined || container !== scopes.current) lost.push(`${path} at first`);
    const text = await (routes[path] ?? (async () => `answer to ${path}`))(path, body, container);
    await new Promise((resolve) => setImmediate(resolve));
    if (container !== scopes.current) lost.push(`${path} after an await`);
    return text;
  };
  await app.start();
  const program = await start(scopes, answer, (container) =>
    failures.push(container !== undefined),
  );
  const clients: RawClient[] = [];
  return {
    app,
    clock,
    counts,
    errors,
    failures,
    lost,
    program,
    scopes,
    client: async () => {
      const client = await RawClient.open(program.port);
      clients.push(client);
      return client;
    },
    /** Resolves once so many requests have a scope. */
    arrived: (count: number) =>
      new Promise<void>((resolve) => {
        if (counts.opened >= count) resolve();
        else arrivals.push({ count, resolve });
      }),
    /** What there is once every client has gone, and every scope has ended. */
    async end() {
      for (const client of clients) client.leave();
      await scopes.settled();
      await program.close();
      // One may have come with the last that the server has read.
      await scopes.settled();
      return { ...counts, lost, open: app.scope.children.length, timers: clock.pending };
    },
  };
}

describe.each(Object.entries(PROGRAMS))('on %s', (_, start) => {
  it('L18 each request of a connection has a scope of its own, which ends with its answer', async () => {
    const notes: Notes[] = [];
    const run = await started(start, {
      '/note': async (_path, _body, container) => {
        notes.push(container?.attach(new Notes()) as Notes);
        container?.events.emit(new Noted(container.scope.name));
        return 'noted';
      },
    });
    const client = await run.client();

    for (const method of ['GET', 'GET']) {
      client.get('/note', method);
      await client.receive(/noted/);
      await run.scopes.settled();
    }

    expect(notes.map(({ texts }) => texts)).toEqual([['request 1'], ['request 2']]);
    expect(await run.end()).toEqual(ended(2));
  });

  it('HEAD, an unknown method of the body, and what nobody serves end as well', async () => {
    const run = await started(start);
    const client = await run.client();

    client.get('/head', 'HEAD');
    await client.receive(/\r\n\r\n/);
    client.get('/options', 'OPTIONS');
    await client.receive(/\r\n\r\n/);

    expect(await run.end()).toEqual(ended(2));
  });

  it('the context is kept where the body comes in two parts', async () => {
    const run = await started(start, { '/echo': async (_path, body) => JSON.stringify(body) });
    const client = await run.client();
    const body = '{"text":"hello"}';

    client.send(
      'POST /echo HTTP/1.1',
      'host: here',
      'content-type: application/json',
      `content-length: ${body.length}`,
      '',
      body.slice(0, 5),
    );
    await run.arrived(1);
    client.send(body.slice(5));
    const answer = await client.receive(/"hello"\}/);

    expect(answer).toContain(body);
    expect(await run.end()).toEqual(ended(1));
  });

  it('an upload that is cut off ends its scope', async () => {
    const run = await started(start);
    const client = await run.client();

    client.send(
      'POST /echo HTTP/1.1',
      'host: here',
      'content-type: application/json',
      'content-length: 100',
      '',
      '{"text":',
    );
    await run.arrived(1);
    client.leave();

    expect(await run.end()).toEqual(ended(1));
  });

  it('L18 a handler whose client has gone has its scope until it has settled', async () => {
    const finish = gate();
    const texts: string[][] = [];
    const run = await started(start, {
      '/late': async (_path, _body, container) => {
        const notes = container?.attach(new Notes());
        await finish.promise;
        container?.events.emit(new Noted('late'));
        texts.push(notes?.texts ?? []);
        return 'nobody waits';
      },
    });
    const client = await run.client();
    const closed = new Promise((resolve) =>
      run.program.server.once('request', (request) => request.socket.once('close', resolve)),
    );

    client.get('/late');
    await run.arrived(1);
    client.leave();
    await closed;
    const during = [run.scopes.open, run.app.scope.children.length];
    finish.open();
    await run.scopes.settled();

    expect({ during, texts }).toEqual({ during: [1, 1], texts: [['late']] });
    expect(await run.end()).toEqual(ended(1));
  });

  it('L18 requests that are queued behind another one end when their client has gone', async () => {
    const finish = gate();
    const run = await started(start, {
      '/late': async () => {
        await finish.promise;
        return 'nobody waits';
      },
    });
    const client = await run.client();

    for (let times = 0; times < 12; times += 1) client.get('/late');
    await run.arrived(12);
    client.leave();
    finish.open();

    expect(await run.end()).toEqual(ended(12));
  });

  it('a stream of events ends when its client has gone', async () => {
    const run = await started(start, { '/events': async () => 'stream' });
    const client = await run.client();

    client.get('/events');
    await client.receive(/data: first/);
    const during = run.scopes.open;
    client.leave();
    await run.scopes.settled();

    expect(during).toBe(1);
    expect(await run.end()).toEqual(ended(1));
  });

  it('a handler that fails ends its scope, and the error handler still has it', async () => {
    const run = await started(start, {
      '/fail': async () => {
        throw new Error('cracked');
      },
    });
    const client = await run.client();

    client.get('/fail');
    await client.receive(/failed/);

    expect(run.failures).toEqual([true]);
    expect(await run.end()).toEqual(ended(1));
  });

  it('CAR3020 a handler that never answers is ended by the limit, and waited for as long as the drain time', async () => {
    const run = await started(start, { '/never': () => new Promise(() => undefined) });
    const client = await run.client();

    client.get('/never');
    await run.arrived(1);
    await new Promise((resolve) => setImmediate(resolve));
    await run.clock.advance('59s');
    const before = run.scopes.open;
    await run.clock.advance('1s');
    const codes = run.errors.map(({ code }) => code);
    await run.clock.advance('10s');
    await run.scopes.settled();

    expect({ before, codes }).toEqual({ before: 1, codes: ['CAR3020'] });
    expect(await run.end()).toEqual(ended(1));
  });

  it('as many scopes are closed as were opened, a tenth of the clients cut off', async () => {
    const run = await started(start);
    const requests = Array.from({ length: 200 }, (_, index) => index);

    await Promise.all(
      requests.map(async (index) => {
        const client = await RawClient.open(run.program.port);
        client.get(`/${index}`);
        if (index % 10 !== 0) await client.receive(new RegExp(`answer to /${index}`));
        client.leave();
      }),
    );
    const end = await run.end();

    // Whether the server has read what a client sent that left at once is its own affair.
    expect(end.opened).toBeGreaterThanOrEqual(180);
    expect(end).toEqual(ended(end.opened));
  });

  it('L21 a program that is closed while clients go on asking ends each of its scopes', async () => {
    const run = await started(start);
    const clients = await Promise.all(Array.from({ length: 30 }, () => run.client()));
    const gone = clients.map(
      ({ socket }) => new Promise((resolve) => socket.once('close', resolve)),
    );
    for (const client of clients) {
      client.socket.on('data', () => client.socket.writable && client.get('/again'));
      client.get('/first');
    }
    await run.arrived(100);

    await run.program.close();
    await Promise.all(gone);
    await run.scopes.settled();
    await run.app.stop();

    expect(run.counts.closed).toBe(run.counts.opened);
    expect({ errors: run.errors, lost: run.lost, isEmpty: run.app.audit().isEmpty }).toEqual({
      errors: [],
      lost: [],
      isEmpty: true,
    });
  });

  it('L21 the program ends: requests under way are finished, and those that come too late are refused', async () => {
    const finish = gate();
    const run = await started(start, {
      '/late': async () => {
        await finish.promise;
        return 'finished';
      },
    });
    const [first, late] = [await run.client(), await run.client()];
    first.get('/late');
    await run.arrived(1);

    const settled = run.scopes.settled();
    finish.open();
    await first.receive(/finished/);
    await settled;
    await run.app.stop();
    late.get('/late');
    const answer = await late.receive(/HTTP\/1.1 \d+/);

    expect(answer).toMatch(/50[03]$/);
    expect(run.app.audit().isEmpty).toBe(true);
    await run.program.close();
  });
});

describe.each(Object.entries(PROGRAMS_2))('on %s by HTTP/2', (_, start) => {
  it('a stream ends its scope when it is answered, reset, or its session is gone', async () => {
    const finish = gate();
    const run = await started(start, {
      '/late': async () => {
        await finish.promise;
        return 'late';
      },
    });
    const session = connect2(`http://127.0.0.1:${run.program.port}`);
    session.on('error', () => undefined);
    const request = (path: string) =>
      session.request({ ':path': path }).on('error', () => undefined);

    const answered = request('/ok');
    let text = '';
    answered.on('data', (chunk) => {
      text += chunk.toString();
    });
    await new Promise((resolve) => answered.once('close', resolve));
    await run.scopes.settled();
    const reset = request('/late');
    await run.arrived(2);
    reset.close(8);
    const gone = Array.from({ length: 12 }, () => request('/late'));
    await run.arrived(2 + gone.length);
    session.destroy();
    finish.open();

    expect(text).toBe('answer to /ok');
    expect(await run.end()).toEqual(ended(2 + gone.length));
  });
});
