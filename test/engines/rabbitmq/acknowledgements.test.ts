/** What is done is acknowledged, and nothing else, however the acknowledgements are put together. */
import { describe, expect, it } from '@jest/globals';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { Acknowledgements } from '../../../src/engines/rabbitmq/acknowledgements.js';
import { fc } from '../../support/properties.js';

function messageOf(deliveryTag: number): ConsumeMessage {
  return { fields: { deliveryTag } } as ConsumeMessage;
}

/** Knows what is out as a server does, and counts what it is told. */
class Server {
  readonly out = new Set<number>();
  readonly acknowledged: number[] = [];
  readonly returned: number[] = [];
  frames = 0;

  readonly channel = {
    ack: ({ fields: { deliveryTag } }: ConsumeMessage, allUpTo = false) => {
      this.frames += 1;
      const tags = allUpTo ? [...this.out].filter((tag) => tag <= deliveryTag) : [deliveryTag];
      for (const tag of tags) {
        if (!this.out.delete(tag)) throw new Error(`unknown delivery tag ${tag}`);
        this.acknowledged.push(tag);
      }
    },
    nack: ({ fields: { deliveryTag } }: ConsumeMessage) => {
      if (!this.out.delete(deliveryTag)) throw new Error(`unknown delivery tag ${deliveryTag}`);
      this.returned.push(deliveryTag);
    },
  } as unknown as ConfirmChannel;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('acknowledgements', () => {
  it('Q2 are of what is done, each once, in any order and with any number in a turn', async () => {
    const step = fc.record({
      done: fc.boolean(),
      which: fc.nat(),
      ends: fc.boolean(),
      more: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const server = new Server();
        const acknowledgements = new Acknowledgements(server.channel, 100, (error) => {
          throw error;
        });
        const [working, done, returned]: [number[], number[], number[]] = [[], [], []];
        let tags = 0;
        for (const { done: isDone, which, ends, more } of steps) {
          for (let left = more; left > 0; left -= 1) {
            tags += 1;
            server.out.add(tags);
            working.push(tags);
            acknowledgements.add(messageOf(tags));
          }
          const [tag] = working.splice(which % Math.max(1, working.length), 1);
          if (tag !== undefined) {
            (isDone ? done : returned).push(tag);
            if (isDone) acknowledgements.ack(messageOf(tag));
            else acknowledgements.nack(messageOf(tag));
          }
          if (ends) await turn();
        }
        acknowledgements.flush();

        expect([...server.acknowledged].sort((a, b) => a - b)).toEqual(done.sort((a, b) => a - b));
        expect(server.returned).toEqual(returned);
        expect([...server.out]).toEqual(working.sort((a, b) => a - b));
      }),
    );
  });

  it('are one for all that is done in a turn, each as soon as it is given out', async () => {
    const server = new Server();
    const acknowledgements = new Acknowledgements(server.channel, 100, () => undefined);

    for (let tag = 1; tag <= 100; tag += 1) {
      server.out.add(tag);
      acknowledgements.add(messageOf(tag));
      acknowledgements.ack(messageOf(tag));
    }
    const before = server.frames;
    await turn();

    expect(before).toBe(0);
    expect(server.frames).toBe(1);
    expect(server.out.size).toBe(0);
  });

  it('do not wait where one message is given out at a time', () => {
    const server = new Server();
    const acknowledgements = new Acknowledgements(server.channel, 1, () => undefined);
    server.out.add(1);
    acknowledgements.add(messageOf(1));

    acknowledgements.ack(messageOf(1));

    expect(server.acknowledged).toEqual([1]);
  });

  it('tell of a channel that is gone', async () => {
    const failures: unknown[] = [];
    const gone = new Error('the channel is closed');
    const channel = {
      ack: () => {
        throw gone;
      },
      nack: () => {
        throw gone;
      },
    } as unknown as ConfirmChannel;
    const acknowledgements = new Acknowledgements(channel, 1, (error) => failures.push(error));
    acknowledgements.add(messageOf(1));
    acknowledgements.add(messageOf(2));

    acknowledgements.nack(messageOf(1));
    acknowledgements.ack(messageOf(2));

    expect(failures).toEqual([gone]);
  });
});
