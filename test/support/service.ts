/** Tests that need an engine: left out where there is none, unless the machine is said to have them all. */
import { afterAll, expect, it } from '@jest/globals';
import { findProgram, listens, OwnServer, type ServerKind } from './own-server.js';

const isRequired = process.env['CARILLON_REQUIRE_SERVICES'] === '1';

/** Declares the tests if something listens on that port of the loopback. */
export async function withService(name: string, port: number, declare: () => void): Promise<void> {
  if (await listens(port)) {
    declare();
    return;
  }
  const declareNeed = isRequired ? it : it.skip;
  declareNeed(`needs ${name} on 127.0.0.1:${port}`, async () =>
    expect(await listens(port)).toBe(true),
  );
}

/** A server that the tests of a file share, and that no other file has. */
export interface SharedServer {
  /** Whether tests may ask for it: where its program is missing they are left out, unless the machine is said to have it. */
  readonly isWanted: boolean;
  /** Begun when it is first asked for. */
  running(): Promise<OwnServer>;
}

/** Declares that server; it is removed after the last test of the file. */
export function ownServer(kind: ServerKind): SharedServer {
  const isWanted = isRequired || findProgram(kind) !== undefined;
  const leaveOut = it.skip;
  if (!isWanted)
    leaveOut(`needs the program ${kind.program}, to end it and start it again`, () => undefined);
  let server: Promise<OwnServer> | undefined;
  afterAll(async () => (await server)?.remove());
  return {
    isWanted,
    running: () => {
      server ??= OwnServer.begin(kind);
      return server;
    },
  };
}
