/** Engines that need nothing but this machine, for promises that hold on each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CarillonError,
  Deferred,
  type DeferredOptions,
  type Delivery,
  defineEvent,
  EventQueue,
  type QueueOptions,
} from 'carillon';
import { sqliteQueue } from 'carillon/sqlite';
import { type Container, injectable } from 'inversify';
import { build, rootContainer } from './container.js';

/** The queue of every test. */
export const JOBS = 'jobs';

export const Job = defineEvent<number>('job');

/** An engine for one test; nothing of another test is in it. */
export interface QueueEngine {
  /** Where it keeps its queues, if that outlives an application. */
  readonly file: string | undefined;
  options(): QueueOptions;
  close(): void;
}

export function memoryEngine(): QueueEngine {
  return { file: undefined, options: () => ({}), close: () => undefined };
}

export function sqliteEngine(): QueueEngine {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-queues-'));
  const file = join(folder, 'queues.db');
  return {
    file,
    // No pause of a slow machine exceeds the lease.
    options: () => ({ provider: sqliteQueue({ file, poll: 5, leaseTime: 60_000, patience: 100 }) }),
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** An application on an engine, in real time. */
export interface QueueApplication {
  readonly container: Container;
  readonly queue: EventQueue;
  readonly errors: CarillonError[];
}

export function applicationOn(engine: QueueEngine, options: QueueOptions = {}): QueueApplication {
  const { container, errors } = rootContainer({
    clock: undefined,
    queues: { [JOBS]: { ...engine.options(), ...options } },
  });
  return { container, queue: container.get(EventQueue), errors };
}

/** Binds and builds a class with one handler of {@link Job}; gives the class. */
export function handle(
  container: Container,
  work: (payload: number, delivery: Delivery) => unknown,
  options: DeferredOptions<number> = {},
): new () => object {
  @injectable()
  class Clerk {
    @Deferred(Job, { queue: JOBS, ...options })
    work(payload: number, delivery: Delivery) {
      return work(payload, delivery);
    }
  }
  build(container, Clerk);
  return Clerk;
}

/** More than any answer here takes, on any machine, and less than the runner's own limit. */
const PATIENCE = 60_000;

/** Asks again and again until the answer is yes. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`Waited in vain until ${holds}`);
}
