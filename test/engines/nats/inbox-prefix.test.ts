/** Queues of an account that may hear no answers but those below its own prefix. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { CarillonError } from 'carillon';
import { jetStreamQueue } from 'carillon/nats';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { findProgram, OwnServer } from '../../support/own-server.js';
import { NATS } from '../../support/server-kinds.js';

const isRequired = process.env['CARILLON_REQUIRE_SERVICES'] === '1';
const describeServer = isRequired || findProgram(NATS) !== undefined ? describe : describe.skip;

const ACCOUNT = { user: 'shop', pass: 'of bells' };
const PREFIX = '_SHOP';

const RIGHTS = `authorization: {
  users: [{
    user: "${ACCOUNT.user}", password: "${ACCOUNT.pass}",
    permissions: { publish: ">", subscribe: ["${PREFIX}.>"] }
  }]
}`;

describeServer('an account of NATS with an inbox prefix', () => {
  let server: OwnServer | undefined;

  afterAll(() => server?.remove());

  it('Q9 has its queues and their dead letters, and hears nothing of other inboxes', async () => {
    server = await OwnServer.begin({
      ...NATS,
      args: (port, folder) => {
        const rights = join(folder, 'rights.conf');
        writeFileSync(rights, RIGHTS);
        return ['-c', rights, ...NATS.args(port, folder)];
      },
    });
    const reports: CarillonError[] = [];
    const provider = jetStreamQueue({
      servers: `127.0.0.1:${server.port}`,
      connection: { ...ACCOUNT, inboxPrefix: PREFIX },
    });
    const queue = await provider.open('jobs', {
      clock: realClock,
      report: (error: CarillonError) => void reports.push(error),
    });
    const heard: string[] = [];
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const consumption = await queue.consume(
      { concurrency: 2, onRetry: 'block' },
      async ({ id }) => {
        heard.push(id);
        if (heard.length === 2) finish();
        return id === 'dead'
          ? { type: 'giveUp', reason: 'failed', failure: { name: 'Error', message: 'no bell' } }
          : { type: 'done' };
      },
    );

    await queue.enqueue(['done', 'dead'].map((id) => ({ id, event: 'job', body: '{}' })));
    await finished;
    await consumption.stop();
    const letters = await queue.deadLetters?.list({});
    await queue.close();

    expect(heard.sort()).toEqual(['dead', 'done']);
    expect(letters?.map(({ id }) => id)).toEqual(['dead']);
    expect(reports).toEqual([]);
  });
});
