/** No error of Redis, RabbitMQ or NATS shows a password, in whichever way its connection failed. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { QueueProvider } from 'carillon';
import { jetStreamQueue, NatsBusTransport, natsBus } from 'carillon/nats';
import { RabbitBusTransport, rabbitBus, rabbitQueue } from 'carillon/rabbitmq';
import { RedisBusTransport, redisBus, redisQueue } from 'carillon/redis';
import { realClock } from '../../src/dispatch/real-clock.js';
import { settledWithin } from '../../src/scope/deadline.js';
import { withService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Needs no percent code, and has a sign that does. */
const SECRETS = ['s3cret', 's3cr%65t'];
const patience = 300;

interface Engine {
  readonly name: string;
  readonly port: number;
  /** Without TLS and with it. */
  readonly schemes: readonly [string, string];
  /** What stands behind the port. */
  readonly place: string;
  queue(url: string): QueueProvider;
  bus(url: string): unknown;
  transport(url: string): RedisBusTransport | RabbitBusTransport | NatsBusTransport;
}

const quick = { maxRetriesPerRequest: 0, connectTimeout: patience } as const;

const ENGINES: readonly Engine[] = [
  {
    name: 'Redis',
    port: 6379,
    schemes: ['redis', 'rediss'],
    place: '/0',
    queue: (url) => redisQueue({ url, patience, connection: quick }),
    bus: (url) => redisBus({ url }),
    transport: (url) => new RedisBusTransport({ url, connection: quick }),
  },
  {
    name: 'RabbitMQ',
    port: 5672,
    schemes: ['amqp', 'amqps'],
    place: '/none',
    queue: (url) => rabbitQueue({ url, patience }),
    bus: (url) => rabbitBus({ url, patience }),
    transport: (url) => new RabbitBusTransport({ url, patience }),
  },
  {
    name: 'NATS',
    port: 4222,
    schemes: ['nats', 'tls'],
    place: '',
    queue: (servers) => jetStreamQueue({ servers, patience, connection: { timeout: patience } }),
    bus: (servers) => natsBus({ servers }),
    transport: (servers) => new NatsBusTransport({ servers, connection: { timeout: patience } }),
  },
];

/** All of an error, with what it hides. */
function shown(error: unknown): string {
  return `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)}`;
}

/** What an action fails with; `undefined` where it does not. */
async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}

for (const { name, port, schemes, place, queue, bus, transport } of ENGINES) {
  await withService(name, port, () => {
    const closing: (() => Promise<unknown>)[] = [];

    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });

    async function silentPort(): Promise<number> {
      const proxy = await TcpProxy.to(port);
      closing.push(() => proxy.close());
      await proxy.silence();
      return proxy.port;
    }

    const [plain, tls] = schemes;
    const at = (host: string) => (secret: string) => `${plain}://user:${secret}@${host}${place}`;
    const WAYS: readonly (readonly [string, () => Promise<(secret: string) => string>])[] = [
      ['a wrong password or place', async () => at(`127.0.0.1:${port}`)],
      ['a port that refuses', async () => at('127.0.0.1:1')],
      ['a port beyond the last', async () => at('127.0.0.1:99999')],
      ['a host that nobody knows', async () => at(`no.such.host.invalid:${port}`)],
      ['a text that is no address', async () => at('[::1')],
      [
        'TLS to a plain port',
        async () => (secret) => `${tls}://user:${secret}@127.0.0.1:${port}${place}`,
      ],
      ['a server that is silent', async () => at(`127.0.0.1:${await silentPort()}`)],
    ];

    describe(`what fails on ${name}`, () => {
      it.each(WAYS)(
        'Q31 shows no password by %s',
        async (_, way) => {
          const urlOf = await way();
          for (const secret of SECRETS) {
            const url = urlOf(secret);
            const reports: unknown[] = [];
            const report = (error: unknown) => reports.push(error);
            const failures = await Promise.all([
              failureOf(async () => {
                const opened = await queue(url).open('jobs', { clock: realClock, report });
                closing.push(() => opened.close());
              }),
              failureOf(() => bus(url)),
              failureOf(async () => {
                const connected = transport(url);
                closing.push(() => connected.close());
                // A bus waits for a silent server.
                await settledWithin(realClock, 2000, [
                  connected.connect({ failed: report }).catch(report),
                ]);
              }),
            ]);

            for (const error of [...failures, ...reports])
              for (const part of [secret, 's3cret', encodeURIComponent(secret)])
                expect(shown(error)).not.toContain(part);
            expect(failures).toHaveLength(3);
          }
        },
        240_000,
      );
    });
  });
}
