/** Queues in JetStream of three servers, while they elect leaders. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { CarillonError } from 'carillon';
import type { OutgoingMessage } from 'carillon/engine';
import { jetStreamQueue } from 'carillon/nats';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { PatientClient } from '../../../src/engines/nats/patient-client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { findProgram, freePort, OwnServer } from '../../support/own-server.js';
import { NATS } from '../../support/server-kinds.js';

const isRequired = process.env['CARILLON_REQUIRE_SERVICES'] === '1';
const describeCluster = isRequired || findProgram(NATS) !== undefined ? describe : describe.skip;

/** What the client throws when no server listens. */
class JetStreamNotEnabled extends Error {
  override readonly name = 'JetStreamNotEnabled';
}

describe('a publish to JetStream', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });

  /** The client waits in vain. */
  const lost = (time: number) => async (): Promise<never> => {
    clock.pass(time);
    throw Object.assign(new Error('timeout'), { name: 'TimeoutError' });
  };

  function publishing(answers: (() => Promise<unknown>)[]) {
    const published: string[] = [];
    const client = {
      publish: (subject: string) => {
        published.push(subject);
        return (answers.shift() ?? refuse)();
      },
    };
    const patient = new PatientClient(client as unknown as JetStreamClient, {
      clock,
      patience: 1000,
    });
    return { clock, published, patient };
  }
  const refuse = async () => {
    throw new JetStreamNotEnabled('jetstream is not enabled');
  };

  it('Q26 is sent again while nobody listens', async () => {
    const { clock, published, patient } = publishing([refuse, refuse, async () => ({ seq: 7 })]);

    const sent = patient.publish('a', '{}');
    await clock.advance(500);

    expect(await sent).toEqual({ seq: 7 });
    expect(published).toHaveLength(3);
  });

  it('Q26 is given up when the patience is over', async () => {
    const { clock, published, patient } = publishing([]);

    const sent = patient.publish('a', '{}').catch((error: unknown) => error);
    await clock.advance(5000);

    expect(await sent).toMatchObject({ name: 'JetStreamNotEnabled' });
    expect(published).toHaveLength(11);
  });

  it('Q1 is sent again without an answer where the server knows its id, and is no duplicate of itself', async () => {
    const { clock, published, patient } = publishing([
      lost(400),
      async () => ({ seq: 7, duplicate: true }),
    ]);

    const sent = patient.publish('a', '{}', { msgID: '1' });
    await clock.advance(400);

    expect(await sent).toEqual({ seq: 7, duplicate: false });
    expect(published).toEqual(['a', 'a']);
  });

  it('Q1 is not sent again where the server would store it twice', async () => {
    const { clock, published, patient } = publishing([lost(1000)]);

    const sent = patient.publish('a', '{}').catch((error: unknown) => error);
    await clock.advance(1000);

    expect(await sent).toMatchObject({ name: 'TimeoutError' });
    expect(published).toHaveLength(1);
  });

  it('Q5 is a duplicate where the first answer says so', async () => {
    const { patient } = publishing([async () => ({ seq: 7, duplicate: true })]);

    expect(await patient.publish('a', '{}', { msgID: '1' })).toMatchObject({ duplicate: true });
  });
});

describeCluster('three servers of NATS', () => {
  const servers: OwnServer[] = [];
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  afterAll(() => Promise.all(servers.map((server) => server.remove())));

  async function cluster(): Promise<string[]> {
    const routePorts = [await freePort(), await freePort(), await freePort()];
    const routes = routePorts.map((port) => `nats://127.0.0.1:${port}`);
    const begun = routes.map((route, index) =>
      OwnServer.begin({
        ...NATS,
        args: (port, folder) => [
          ...NATS.args(port, folder),
          ...['-n', `server-${index}`, '--cluster_name', 'elections'],
          ...['--cluster', route, '--routes', routes.join(',')],
        ],
      }),
    );
    servers.push(...(await Promise.all(begun)));
    return servers.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Has a leader of its own chosen anew. */
  async function stepDown(connection: NatsConnection, what: string): Promise<void> {
    await connection.request(`$JS.API.${what}`, '', { timeout: 5000 }).catch(() => undefined);
  }

  it('Q9 Q26 accept and give out each message while their leaders change, which is reported to nobody', async () => {
    const addresses = await cluster();
    const connection = await connect({ servers: addresses });
    closing.push(() => connection.close());
    const reports: CarillonError[] = [];
    const prefix = `test-${randomUUID()}`;
    const provider = jetStreamQueue({
      servers: addresses,
      prefix,
      replicas: 3,
      // Three servers on a busy machine take long to agree.
      patience: 20_000,
    });
    const context = {
      clock: realClock,
      report: (error: CarillonError) => void reports.push(error),
    };
    // The servers have to find one another first.
    let queue = await provider.open('jobs', context).catch(() => undefined);
    while (queue === undefined) queue = await provider.open('jobs', context).catch(() => undefined);
    const opened = queue;
    closing.push(() => opened.close());
    const heard = new Set<string>();
    const consumption = await opened.consume({ concurrency: 5, onRetry: 'block' }, ({ id }) => {
      heard.add(id);
      return { type: 'done' };
    });
    const message = (id: string): OutgoingMessage => ({ id, event: 'job', body: '{}' });

    const accepted: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const stream = `${prefix}-messages-jobs`;
      const changes = [
        stepDown(connection, `STREAM.LEADER.STEPDOWN.${stream}`),
        stepDown(connection, `CONSUMER.LEADER.STEPDOWN.${stream}.workers`),
      ];
      for (let number = 0; number < 20; number += 1) {
        const id = randomUUID();
        await opened.enqueue([message(id)]);
        accepted.push(id);
      }
      await Promise.all(changes);
    }
    while (!accepted.every((id) => heard.has(id)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await consumption.stop();

    expect(accepted).toHaveLength(100);
    expect(reports).toEqual([]);
  }, 240_000);
});
