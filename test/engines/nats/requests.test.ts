/** The requests of a queue in JetStream, whose answers come by one subscription. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Requests } from '../../../src/engines/nats/requests.js';
import { ManualClock } from '../../support/manual-clock.js';
import { withService } from '../../support/service.js';

const PORT = 4222;

await withService('NATS', PORT, () => {
  let connection: NatsConnection;
  let clock: ManualClock;
  let requests: Requests;
  let subject: string;

  beforeEach(async () => {
    subject = `test.${randomUUID()}`;
    connection = await connect({ servers: `127.0.0.1:${PORT}` });
    clock = new ManualClock();
    requests = new Requests(connection, clock);
  });

  afterEach(async () => {
    requests.close();
    await connection.close();
  });

  /** Somebody who answers nothing. */
  async function listen(): Promise<void> {
    connection.subscribe(subject, { callback: () => undefined });
    await connection.flush();
  }

  it('each gets its own answer, in whatever order they come', async () => {
    const asked: { respond(text: string): unknown; string(): string }[] = [];
    connection.subscribe(subject, {
      callback: (_, message) => {
        asked.push(message);
        if (asked.length < 3) return;
        for (const one of asked.toReversed()) one.respond(`${one.string()}!`);
      },
    });

    const answers = await Promise.all(
      ['a', 'b', 'c'].map((text) => requests.ask(subject, text, 1000)),
    );

    expect(answers.map((answer) => answer.string())).toEqual(['a!', 'b!', 'c!']);
  });

  it('one that nobody listens to rejects at once', async () => {
    await expect(requests.ask(subject, '', 1000)).rejects.toMatchObject({ name: 'NoResponders' });
  });

  it('one without an answer rejects when its time is over, and no sooner', async () => {
    await listen();
    const settled: string[] = [];
    const short = requests.ask(subject, '', 300).catch(({ name }) => settled.push(`short ${name}`));
    void requests.ask(subject, '', 1000).catch(() => settled.push('long'));

    await clock.advance(200);
    expect(settled).toEqual([]);
    await clock.advance(200);
    await short;

    expect(settled).toEqual(['short TimeoutError']);
  });

  it('an answer that comes too late is thrown away', async () => {
    const asked: { respond(): unknown }[] = [];
    connection.subscribe(subject, { callback: (_, message) => void asked.push(message) });
    const late = requests.ask(subject, '', 100).catch(({ name }) => name);
    await connection.flush();
    await clock.advance(200);
    expect(await late).toBe('TimeoutError');

    for (const one of asked) one.respond();
    await connection.flush();
  });

  it('its end rejects what waits and leaves no timer', async () => {
    await listen();
    const waiting = requests.ask(subject, '', 1000);

    requests.close();

    await expect(waiting).rejects.toThrow('the queue was closed');
    await expect(requests.ask(subject, '', 1000)).rejects.toThrow('the queue was closed');
    expect(clock.pending).toBe(0);
  });

  it('the end of the connection rejects what waits', async () => {
    await listen();
    const other = await connect({ servers: `127.0.0.1:${PORT}` });
    const own = new Requests(other, clock);
    const waiting = own.ask(subject, '', 1000);

    await other.close();

    await expect(waiting).rejects.toThrow();
    own.close();
  });
});
