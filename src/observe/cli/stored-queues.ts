/** The queues of a project on their engines, opened without the application: nothing is started, and no message is taken. */
import type { CarillonError } from '../../../decorators/index.js';
import { type Application, HOST } from '../../application/adapter.js';
import type { DeadLetterStore, ProviderQueue } from '../../queue/queue-provider.js';
import { describe, type Topology, type TopologyQueue } from '../index.js';
import { CommandError, wrongUsage } from './command-error.js';
import { type Console, processConsole } from './console.js';
import { FINDINGS } from './exit-codes.js';
import { type ProjectFlags, projectContainer } from './project.js';

/** A project whose queues are asked. */
export interface QueueProject {
  readonly topology: Topology;
  readonly console: Console;
  /** Calls with a queue that is open, and closes it. */
  withQueue<T>(name: string, action: (queue: ProviderQueue) => Promise<T>): Promise<T>;
}

/** Loads the project and finds its queues. */
export async function queueProject(flags: Pick<ProjectFlags, 'config'>): Promise<QueueProject> {
  const container = await projectContainer(flags);
  const topology = describe(container);
  const { application } = (container as { readonly [HOST]: { readonly application: Application } })[
    HOST
  ];
  const console = processConsole();
  return {
    topology,
    console,
    withQueue: async (name, action) => {
      const queue = await open(name, application, topology, console);
      try {
        return await action(queue);
      } finally {
        await queue.close();
      }
    },
  };
}

async function open(
  name: string,
  { settings, scope }: Application,
  { queues }: Topology,
  console: Console,
): Promise<ProviderQueue> {
  const provider = settings.queues?.[name]?.provider;
  if (provider === undefined) throw notStored(name, queues);
  const report = (error: CarillonError) => console.note(String(error));
  try {
    return await provider.open(name, { clock: scope.runtime.clock, report });
  } catch (cause) {
    throw notOpened(name, provider.name, cause);
  }
}

/** `CAR5018` */
function notOpened(queue: string, engine: string, cause: unknown): CommandError {
  return new CommandError(
    FINDINGS,
    'CAR5018',
    `Queue "${queue}" on ${engine} could not be opened. See the cause, and whether the engine runs.`,
    { cause },
  );
}

/** `CAR7061`: what is in memory is in the memory of another process. */
function notStored(name: string, queues: readonly TopologyQueue[]): CommandError {
  const isKnown = queues.some((queue) => queue.name === name);
  const stored = queues.filter(({ provider }) => provider !== 'memory').map((queue) => queue.name);
  const why = isKnown
    ? `Queue "${name}" is in the memory of the process that runs the application`
    : `There is no queue "${name}"`;
  return wrongUsage(
    `${why}. ${stored.length === 0 ? 'No queue of the project is on an engine.' : `Give one of ${stored.join(', ')}.`}`,
  );
}

/** The dead letters of a queue. */
export function deadLettersOf(name: string, { deadLetters }: ProviderQueue): DeadLetterStore {
  if (deadLetters !== undefined) return deadLetters;
  throw wrongUsage(`Queue "${name}" keeps no dead letters.`);
}
