/** The channel by which a queue in RabbitMQ publishes. */
import { expect, it } from '@jest/globals';
import type { ChannelModel } from 'amqplib';
import type { ConfirmedChannel } from '../../../src/engines/rabbitmq/confirmed-channel.js';
import { Publisher } from '../../../src/engines/rabbitmq/publisher.js';

const MODEL = {} as ChannelModel;

/** Opens one channel after another, of which the first so many cannot be had. */
function channels(failures = 0) {
  const published: number[] = [];
  let asked = 0;
  const channel = async (): Promise<ConfirmedChannel> => {
    asked += 1;
    const number = asked;
    if (number <= failures) throw new Error('no channel is left');
    return {
      publishAll: async () => {
        published.push(number);
      },
    } as unknown as ConfirmedChannel;
  };
  return { published, channel };
}

it('Q1 opens a channel again if the first one could not be had', async () => {
  const connection = channels(1);
  const publisher = new Publisher(connection);

  await expect(publisher.publishAll(MODEL, [])).rejects.toThrow('no channel is left');
  await publisher.publishAll(MODEL, []);

  expect(connection.published).toEqual([2]);
});

it('Q9 publishes by a channel of the new connection once the old one is forgotten', async () => {
  const connection = channels();
  const publisher = new Publisher(connection);

  await publisher.publishAll(MODEL, []);
  publisher.forget();
  await publisher.publishAll(MODEL, []);
  await publisher.publishAll(MODEL, []);

  expect(connection.published).toEqual([1, 2, 2]);
});

it('Q9 does not keep a channel that was still being opened when it was forgotten', async () => {
  const connection = channels();
  const publisher = new Publisher(connection);

  const before = publisher.publishAll(MODEL, []);
  publisher.forget();
  await before;
  await publisher.publishAll(MODEL, []);

  expect(connection.published).toEqual([1, 2]);
});
