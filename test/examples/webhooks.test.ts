/** The webhook backend as a user runs it: a process of its own, fed over real HTTP. */
import { once } from 'node:events';
import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import { Program } from '../support/program.js';
import { RawClient } from '../support/raw-client.js';

const MAIN = 'build/examples/webhooks/main.js';
const SECRET = 'the secret of this test';

const programs: Program[] = [];

afterEach(() => {
  for (const program of programs.splice(0)) program.signal('SIGKILL');
});

describe('examples/webhooks', () => {
  it('takes what another process sends, refuses what is wrong, and leaves nothing behind', async () => {
    const { code, output } = await run([MAIN]).ended;

    expect(output).toContain(
      'Everything went as it must: 0 handlers, 0 timers and 0 scopes are still alive.',
    );
    expect(output).toMatch(/genuine +329 {2}329 × 202/);
    expect(output).toMatch(/bad signature +26 {2}26 × 401/);
    expect(output).toMatch(/whole, hung up +15 {2}15 × hung up/);
    expect(output).toMatch(/Archive\.store +344 /);
    expect(code).toBe(0);
  });

  it('with --serve finishes what is under way when it is told to stop, and then ends by itself', async () => {
    const program = run([MAIN, '--serve'], { WEBHOOK_SECRET: SECRET });
    const [, url = ''] = await program.printed(/listening on (\S+)/);
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      after: 'a'.repeat(40),
      deleted: false,
      commits: [],
      repository: REPOSITORY,
    });
    const early = await delivery(url, body);
    // The server says when it has the head: from then on the request is under way.
    const late = await delivery(url, body, { expect: '100-continue' });
    late.write(body.slice(0, 20));
    await once(late, 'continue');
    early.end(body);
    const earlyAnswer = await answer(early);

    program.signal('SIGTERM');
    await program.printed(/stopping\n/);
    late.end(body.slice(20));
    const lateAnswer = await answer(late);
    const { code, output } = await program.ended;

    expect({ earlyAnswer, lateAnswer }).toEqual({ earlyAnswer: 202, lateAnswer: 202 });
    expect(output).toMatch(/push +2\n/);
    expect(output).toMatch(/Archive\.store +2 /);
    expect(output).toContain(
      'stopped: everything that was accepted is done, and nothing is still alive',
    );
    expect(code).toBe(0);
  });

  it('with --serve ends also where a client has left answers queued behind another one on its connection', async () => {
    const program = run([MAIN, '--serve'], { WEBHOOK_SECRET: SECRET });
    const [, url = ''] = await program.printed(/listening on (\S+)/);
    const { pathname, port } = new URL(url);
    const body = JSON.stringify({ zen: 'no push' });
    const head = [
      `POST ${pathname} HTTP/1.1`,
      'host: here',
      'content-type: application/json',
      `content-length: ${body.length}`,
    ].join('\r\n');
    const client = await RawClient.open(Number(port));

    // The first is not complete, so that the others wait for their turn.
    client.send(`${head}\r\nexpect: 100-continue\r\n\r\n${body.slice(0, 5)}`);
    await client.receive(/100 Continue/);
    client.send(body.slice(5), ...Array.from({ length: 8 }, () => `${head}\r\n\r\n${body}`));
    client.leave();
    program.signal('SIGTERM');
    const { code, output } = await program.ended;

    expect(output).toMatch(/(\d+) opened, \1 closed/);
    expect(code).toBe(0);
  });

  it('with --serve --dashboard shows itself, and ends all the same', async () => {
    const program = run([MAIN, '--serve', '--dashboard'], { WEBHOOK_SECRET: SECRET });
    const [, url = ''] = await program.printed(/dashboard on (\S+)/);
    await program.printed(/listening on (\S+)/);
    const [address = ''] = url.split('#');
    const page = await (await fetch(address)).text();

    program.signal('SIGTERM');
    const { code } = await program.ended;

    expect(page).toContain('./page.js');
    expect(code).toBe(0);
  });

  it('with --serve and no secret says what is missing and fails', async () => {
    const { code, output } = await run([MAIN, '--serve'], { WEBHOOK_SECRET: '' }).ended;

    expect(output).toContain('WEBHOOK_SECRET is not set');
    expect(code).not.toBe(0);
  });
});

function run(...args: ConstructorParameters<typeof Program>): Program {
  const program = new Program(...args);
  programs.push(program);
  return program;
}

const REPOSITORY = { id: 1, full_name: 'carillon/bells' };

async function delivery(
  url: string,
  body: string,
  headers: OutgoingHttpHeaders = {},
): Promise<ClientRequest> {
  return request(url, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-github-event': 'push',
      'x-github-delivery': crypto.randomUUID(),
      'x-hub-signature-256': await sign(SECRET, body),
      ...headers,
    },
  });
}

async function answer(call: ClientRequest): Promise<number | undefined> {
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
