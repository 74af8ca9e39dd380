/** Processes of the built package on an engine, which a test kills, with their ledger in a file. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BusProcesses, EngineProcess, QueueProcesses } from 'carillon/compliance';
import { PROJECT } from './program.js';

class EngineProcesses {
  readonly #program: string;
  readonly #ledger: string;
  readonly #args: readonly [engine: string, options: string];
  readonly #children = new Set<ChildProcess>();

  constructor(program: string, engine: string, options: object, folder: string) {
    this.#program = join(PROJECT, 'test/support', program);
    this.#ledger = join(folder, 'ledger.txt');
    this.#args = [engine, JSON.stringify(options)];
  }

  /** Resolves once it says that it is ready. */
  async begin(role: string): Promise<EngineProcess> {
    const child = fork(this.#program, [role, this.#ledger, ...this.#args], { execArgv: [] });
    this.#children.add(child);
    const ended = once(child, 'exit').then(() => this.#children.delete(child));
    const isReady = await Promise.race([
      once(child, 'message').then(() => true),
      ended.then(() => false),
    ]);
    if (!isReady) throw new Error(`the ${role} on ${this.#args[0]} ended before it was ready`);
    return {
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  async ledger(): Promise<readonly string[]> {
    return existsSync(this.#ledger)
      ? readFileSync(this.#ledger, 'utf8').split('\n').filter(Boolean)
      : [];
  }

  async close(): Promise<void> {
    const ends = [...this.#children].map((child) => once(child, 'exit'));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(ends);
  }
}

type Closing = { close(): Promise<void> };

/**
 * @param engine the subpath of the package that exports its `…Queue`
 * @param options what the provider is made with; plain data
 * @param folder where the ledger is kept
 */
export function queueProcesses(
  engine: string,
  options: object,
  folder: string,
): Required<QueueProcesses> & Closing {
  const processes = new EngineProcesses('queue-process.mjs', engine, options, folder);
  return {
    worker: () => processes.begin('worker'),
    publisher: () => processes.begin('publisher'),
    outbox: () => processes.begin('outbox'),
    ledger: () => processes.ledger(),
    close: () => processes.close(),
  };
}

/** The same for a bus, of which the engine exports a `…Bus`. */
export function busProcesses(
  engine: string,
  options: object,
  folder: string,
): BusProcesses & Closing {
  const processes = new EngineProcesses('bus-process.mjs', engine, options, folder);
  return {
    subscriber: () => processes.begin('subscriber'),
    publisher: () => processes.begin('publisher'),
    ledger: () => processes.ledger(),
    close: () => processes.close(),
  };
}
