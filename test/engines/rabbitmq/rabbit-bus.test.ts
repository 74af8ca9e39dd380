/** The bus on RabbitMQ: what the suite of all transports does not ask. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import type { BusSubscription, TransportResult } from 'carillon/engine';
import { type RabbitBusOptions, RabbitBusTransport, rabbitBus } from 'carillon/rabbitmq';
import { gate } from '../../support/gate.js';
import { withService } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const PORT = 5672;

describe('rabbitBus', () => {
  it.each([
    { url: 'http://127.0.0.1' },
    { patience: 0 },
    { retention: -1 },
    { subscriberRetention: Number.NaN },
  ])('Q7 refuses %j when it is configured', (options) => {
    expect(() => rabbitBus(options)).toThrow('CAR7022');
  });
});

await withService('RabbitMQ', PORT, () => {
  let exchange: string;
  let faults: TcpProxy;
  let model: ChannelModel;
  let channel: ConfirmChannel;
  const transports: RabbitBusTransport[] = [];
  let failures: Error[];

  beforeEach(async () => {
    exchange = `test-${randomUUID()}`;
    faults = await TcpProxy.to(PORT);
    model = await connect(`amqp://127.0.0.1:${PORT}`);
    channel = await model.createConfirmChannel();
    failures = [];
  });

  afterEach(async () => {
    for (const transport of transports.splice(0)) await transport.close();
    await faults.close();
    await channel.deleteExchange(exchange);
    await channel.deleteQueue(groupQueue());
    await model.close();
  });

  function groupQueue(): string {
    return `${exchange}:mailers:bell`;
  }

  async function open(options: RabbitBusOptions = {}): Promise<RabbitBusTransport> {
    const transport = new RabbitBusTransport({ exchange, subscriberRetention: 5000, ...options });
    transports.push(transport);
    // What comes after the end of its test is no other test's.
    const own = failures;
    await transport.connect({ failed: (error) => own.push(error as Error) });
    return transport;
  }

  function subscription(
    deliver: (text: string) => TransportResult | Promise<TransportResult>,
    group?: string,
  ): BusSubscription {
    return {
      topic: 'bell',
      group,
      prefetch: 10,
      deliver: async (text) => deliver(text.toString()),
    };
  }

  function publish(transport: RabbitBusTransport, text: string): Promise<void> {
    return transport.publish({ topic: 'bell', id: randomUUID(), text });
  }

  /** Whether any queue would get what is published. */
  async function isHeard(): Promise<boolean> {
    let isReturned = false;
    channel.once('return', () => {
      isReturned = true;
    });
    channel.publish(exchange, 'bell', Buffer.from('probe'), { mandatory: true });
    await channel.waitForConfirms();
    return !isReturned;
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  describe('the bus on RabbitMQ', () => {
    it('Q10 a group without members keeps what comes for the next one', async () => {
      const transport = await open();
      const heard = gate<string>();
      const end = await transport.subscribe(subscription(() => 'done', 'mailers'));
      await end();

      await publish(transport, 'meanwhile');
      await transport.subscribe(
        subscription((text) => {
          heard.open(text);
          return 'done';
        }, 'mailers'),
      );

      expect(await heard.promise).toBe('meanwhile');
    });

    it('Q10 a subscriber without a group leaves nothing behind', async () => {
      const transport = await open();
      const end = await transport.subscribe(subscription(() => 'done'));
      const before = await isHeard();

      await end();

      expect({ before, isHeard: await isHeard() }).toEqual({ before: true, isHeard: false });
    });

    it('L12 what a group gives back is never lost, however often', async () => {
      const transport = await open();
      const heard = gate<number>();
      let times = 0;
      await transport.subscribe(
        subscription(() => {
          times += 1;
          if (times <= 50) return 'returned';
          heard.open(times);
          return 'done';
        }, 'mailers'),
      );

      await publish(transport, 'patience');

      expect(await heard.promise).toBe(51);
    });

    it('Q17 a message that no member comes back from is dropped, and that is told', async () => {
      const transport = await open();
      const end = await transport.subscribe(subscription(() => 'done', 'mailers'));
      await end();
      await publish(transport, 'poison');
      for (let round = 0; round < 5; round += 1) {
        const member = await model.createChannel();
        await until(async () => (await member.get(groupQueue())) !== false);
        await member.close();
      }
      const heard: string[] = [];
      const next = gate();

      await publish(transport, 'next');
      await transport.subscribe(
        subscription((text) => {
          heard.push(text);
          next.open();
          return 'done';
        }, 'mailers'),
      );
      await next.promise;

      expect(heard).toEqual(['next']);
      expect(failures.map(({ message }) => message)).toEqual([
        expect.stringContaining('5 members took it'),
      ]);
    });

    it('Q9 who subscribes while the connection is lost hears once it is back', async () => {
      const [cut, other] = [await open({ url: `amqp://127.0.0.1:${faults.port}` }), await open()];
      const heard = gate<string>();
      await faults.cut();
      await until(() => failures.length > 0);

      const subscribing = cut.subscribe(
        subscription((text) => {
          heard.open(text);
          return 'done';
        }),
      );
      await faults.mend();
      await subscribing;
      await publish(other, 'back');

      expect(await heard.promise).toBe('back');
    });

    it('Q9 a subscription that the server refuses is refused, and the others go on', async () => {
      const transport = await open();
      const heard = gate<string>();
      await transport.subscribe(
        subscription((text) => {
          heard.open(text);
          return 'done';
        }),
      );
      await channel.assertQueue(groupQueue(), { durable: true });

      await expect(transport.subscribe(subscription(() => 'done', 'mailers'))).rejects.toThrow(
        'PRECONDITION',
      );
      await until(() =>
        publish(transport, 'on').then(
          () => true,
          () => false,
        ),
      );

      expect(await heard.promise).toBe('on');
    });

    it('Q9 a queue that was removed is made anew', async () => {
      const transport = await open();
      const heard: string[] = [];
      await transport.subscribe(
        subscription((text) => {
          heard.push(text);
          return 'done';
        }, 'mailers'),
      );

      await channel.deleteQueue(groupQueue());
      await until(async () => {
        await publish(transport, 'again').catch(() => undefined);
        return heard.length > 0;
      });

      expect(heard[0]).toBe('again');
    });

    it('L17 leaves no handle after its end, also when the server has gone silent', async () => {
      const before = handles();
      const transport = await open({ url: `amqp://127.0.0.1:${faults.port}` });
      await transport.subscribe(subscription(() => 'done'));
      await faults.silence();

      await transport.close();

      // The proxy has two sockets for each of the two connections, and does not see that they have ended.
      await until(() => handles() <= before + 4);
      expect(handles()).toBeLessThanOrEqual(before + 4);
    });

    it('L16 who subscribes while the connection is lost is refused when the end comes first', async () => {
      const transport = await open({ url: `amqp://127.0.0.1:${faults.port}` });
      await faults.cut();
      await until(() => failures.length > 0);

      const subscribing = expect(transport.subscribe(subscription(() => 'done'))).rejects.toThrow(
        'closed',
      );
      await transport.close();

      await subscribing;
    });
  });
});

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).length;
}
