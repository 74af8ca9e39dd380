/** A server of a test's own, which it ends, in order or not, and starts again; what was stored is kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** How the server of an engine is run. */
export interface ServerKind {
  readonly program: string;
  /** Where it may be besides `PATH`; these come first. */
  readonly folders?: readonly string[];
  /** What ends it in order. Default `SIGTERM`. */
  readonly stop?: NodeJS.Signals;
  /** Whom it may run as. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  args(port: number, folder: string): readonly string[];
  env?(port: number, folder: string): Promise<Readonly<Record<string, string>>>;
  /** Makes what has to be in the folder before it is started for the first time. */
  prepare?(folder: string): void;
  /** Whether it can be worked with. Default whether it takes connections. */
  answers?(port: number): Promise<boolean>;
}

export class OwnServer {
  readonly #kind: ServerKind;
  readonly #program: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(
    kind: ServerKind,
    readonly port: number,
  ) {
    this.#kind = kind;
    this.#program = programOf(kind);
    this.#folder = mkdtempSync(join(tmpdir(), 'carillon-server-'));
    kind.prepare?.(this.#folder);
  }

  /** One that runs, with nothing in it. */
  static async begin(kind: ServerKind): Promise<OwnServer> {
    const server = new OwnServer(kind, await freePort());
    await server.start();
    return server;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const { answers = listens } = this.#kind;
    this.#process = await this.#spawn();
    while (!(await answers(this.port))) {
      // What is left of the one that was killed may still be in its way.
      if (hasEnded(this.#process)) this.#process = await this.#spawn();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** In order: it stores what it still has to. */
  stop(): Promise<void> {
    return this.#end(this.#kind.stop ?? 'SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #spawn(): Promise<ChildProcess> {
    const { args, env, user } = this.#kind;
    return spawn(this.#program, args(this.port, this.#folder), {
      ...user,
      env: { ...process.env, ...(await env?.(this.port, this.#folder)) },
      // A group of its own: where the program is a script, what it starts goes with it.
      detached: true,
      stdio: 'ignore',
    });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, signal);
    await ended;
  }
}

/** @throws Error on a machine that does not have it */
export function programOf(kind: ServerKind): string {
  const found = findProgram(kind);
  if (found === undefined) throw new Error(`needs the program ${kind.program}`);
  return found;
}

/** Where the program is, if this machine has it. */
export function findProgram({ program, folders = [] }: ServerKind): string | undefined {
  const places = [...folders, ...(process.env['PATH'] ?? '').split(delimiter)].map((folder) =>
    join(folder, program),
  );
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Below the ports that systems give to outgoing connections: one of those could take it while a server is away. */
const PORTS = [15_000, 32_000] as const;

/** A port of the loopback on which nothing listens. */
export async function freePort(): Promise<number> {
  const port = randomInt(...PORTS);
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether something takes connections on that port of the loopback. */
export async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
