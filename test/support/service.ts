/** Tests that need an engine: left out where there is none, unless the machine is said to have them all. */
import { createConnection } from 'node:net';
import { expect, it } from '@jest/globals';

/** Declares the tests if something listens on that port of the loopback. */
export async function withService(name: string, port: number, declare: () => void): Promise<void> {
  if (await listens(port)) {
    declare();
    return;
  }
  const declareNeed = process.env['CARILLON_REQUIRE_SERVICES'] === '1' ? it : it.skip;
  declareNeed(`needs ${name} on 127.0.0.1:${port}`, async () => expect(await listens(port)).toBe(true));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
