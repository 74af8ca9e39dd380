/** The bus on NATS: what the suite of all engines does not ask. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from '@jest/globals';
import { NatsBusTransport } from 'carillon/nats';
import { gate } from '../../support/gate.js';
import { withService } from '../../support/service.js';

const PORT = 4222;

await withService('NATS', PORT, () => {
  const opened: NatsBusTransport[] = [];
  let troubles: unknown[] = [];

  afterEach(async () => {
    for (const bus of opened.splice(0)) await bus.close();
    troubles = [];
  });

  async function open(): Promise<NatsBusTransport> {
    const bus = new NatsBusTransport({
      servers: `127.0.0.1:${PORT}`,
      prefix: `test-${randomUUID()}`,
    });
    // What comes after the end of its test is no other test's.
    const own = troubles;
    const failed = (error: unknown) => void own.push(error);
    await bus.connect({ failed } as Parameters<NatsBusTransport['connect']>[0]);
    opened.push(bus);
    return bus;
  }

  it('Q38 refuses a topic that the server would not read, and keeps its connection', async () => {
    const bus = await open();
    const heard = gate<unknown>();
    const deliver = async (text: unknown) => {
      heard.open(text);
      return 'done' as const;
    };
    const subscription = { prefetch: 1, group: undefined, deliver } as never as Parameters<
      NatsBusTransport['subscribe']
    >[0];
    const message = (topic: string, text: string) =>
      ({ topic, text }) as Parameters<NatsBusTransport['publish']>[0];
    const long = 'x'.repeat(4096);

    const published = await bus.publish(message(long, '{}')).catch((error: unknown) => error);
    const subscribed = bus.subscribe({ ...subscription, topic: long });
    await expect(subscribed).rejects.toThrow('4000 are allowed');
    await bus.subscribe({ ...subscription, topic: 'short' });
    await bus.publish(message('short', 'hello'));

    expect(new TextDecoder().decode((await heard.promise) as Uint8Array)).toBe('hello');
    expect(published).toMatchObject({ code: 'CAR5040' });
    expect((published as Error).message.length).toBeLessThan(400);
    expect(troubles).toEqual([]);
  });
});
