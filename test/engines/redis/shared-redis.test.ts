/** The connections that the queues of one provider share. */
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { SharedRedis } from '../../../src/engines/redis/shared-redis.js';
import { withService } from '../../support/service.js';

const PORT = 6379;

await withService('Redis', PORT, () => {
  it('what workers tell the server in one turn goes out together, also after a reconnect', async () => {
    const shared = new SharedRedis({ url: `redis://127.0.0.1:${PORT}` }, 5000);
    const losses: Error[] = [];
    const { work, leave } = await shared.join({
      ready: () => undefined,
      lost: (error) => losses.push(error),
    });
    const { client } = await work();
    const isGathered = async () => {
      const answers = [client.ping(), client.ping()];
      const held = client.stream.writableLength;
      await Promise.all(answers);
      return held > 0 && client.stream.writableLength === 0;
    };

    expect(await isGathered()).toBe(true);
    const ready = once(client, 'ready');
    client.stream.destroy();
    await ready;

    expect(await isGathered()).toBe(true);
    await leave();
    // Also where nothing was being written, of which the client would have an error; its end in order is no loss.
    expect(losses).toEqual([new Error('the connection was lost')]);
  });
});
