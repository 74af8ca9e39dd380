/** Processes of the built package on a queue, which a test kills, with their ledger in a file. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineProcess, QueueProcesses } from 'carillon/testing';
import { PROJECT } from './program.js';

const PROGRAM = join(PROJECT, 'test/support/queue-process.mjs');

/**
 * @param engine the subpath of the package that exports its `…Queue`
 * @param options what the provider is made with; plain data
 * @param folder where the ledger is kept
 */
export function queueProcesses(
  engine: string,
  options: object,
  folder: string,
): Required<QueueProcesses> & { close(): Promise<void> } {
  const ledger = join(folder, 'ledger.txt');
  const children = new Set<ChildProcess>();
  const begin = async (role: 'worker' | 'publisher' | 'outbox'): Promise<EngineProcess> => {
    const child = fork(PROGRAM, [role, ledger, engine, JSON.stringify(options)], { execArgv: [] });
    children.add(child);
    const ended = once(child, 'exit').then(() => children.delete(child));
    const isReady = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
    if (!isReady) throw new Error(`the ${role} on ${engine} ended before it was ready`);
    return {
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  };
  return {
    worker: () => begin('worker'),
    publisher: () => begin('publisher'),
    outbox: () => begin('outbox'),
    ledger: async () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n').filter(Boolean) : []),
    close: async () => {
      const ends = [...children].map((child) => once(child, 'exit'));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
    },
  };
}
