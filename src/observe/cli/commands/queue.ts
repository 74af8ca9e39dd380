/** `carillon queue`: looks into the queues of a project on their engines, and at what they have given up. */
import { defineCommand } from 'citty';
import type { DeadLetter, DeadLetterFilter } from '../../../queue/queue-provider.js';
import { storedIdsOf } from '../../doctor/queue-rules.js';
import { wrongUsage } from '../command-error.js';
import { isConfirmed } from '../confirm.js';
import {
  FILTER_ARGS,
  type FilterFlags,
  filterOf,
  letterJson,
  letterText,
} from '../dead-letter-flags.js';
import { FINDINGS } from '../exit-codes.js';
import { PROJECT_ARGS, type ProjectFlags, readProject } from '../project.js';
import { deadLettersOf, type QueueProject, queueProject } from '../stored-queues.js';

const QUEUE_ARG = {
  queue: { type: 'positional', description: 'The name of the queue', required: true },
} as const;

const CHANGE_ARGS = {
  all: { type: 'boolean', description: 'All of them', default: false },
  'dry-run': {
    type: 'boolean',
    description: 'Say what it would do, and do nothing',
    default: false,
  },
  yes: { type: 'boolean', description: 'Do not ask', default: false, alias: 'y' },
} as const;

const ls = defineCommand({
  meta: { name: 'ls', description: 'List the queues, without a server' },
  args: PROJECT_ARGS,
  async run({ args }) {
    const { topology, console } = await readProject(args);
    if (args.json) console.json(topology.queues);
    else if (topology.queues.length === 0) console.note('The project has no queues.');
    else
      for (const { name, provider, durable, processing, concurrency } of topology.queues)
        console.text(
          `${name}  ${provider}${durable ? ', durable' : ''}, ${processing}, ${concurrency} at once`,
        );
  },
});

const stats = defineCommand({
  meta: { name: 'stats', description: 'Count the messages of a queue' },
  args: { ...QUEUE_ARG, ...PROJECT_ARGS },
  async run({ args }) {
    const { withQueue, console } = await queueProject(args);
    const counts = await withQueue(args.queue, (queue) => queue.counts());
    if (args.json) console.json(counts);
    else for (const [state, count] of Object.entries(counts)) console.text(`${state} ${count}`);
  },
});

const peek = defineCommand({
  meta: {
    name: 'peek',
    description: 'Show one message: a dead letter with what it holds, or the state of another',
  },
  args: {
    ...QUEUE_ARG,
    id: { type: 'positional', description: 'The id of the message', required: true },
    ...PROJECT_ARGS,
  },
  async run({ args: { queue: name, id, ...flags } }) {
    const { withQueue, console } = await queueProject(flags);
    const found = await withQueue(name, async (queue) => {
      const [letter] = (await queue.deadLetters?.list({ ids: [id] })) ?? [];
      if (letter !== undefined)
        return { state: 'dead', ...letterJson(letter), body: jsonOf(letter) };
      return queue.status?.(id);
    });
    if (found === undefined) {
      console.note(
        `Queue "${name}" has no message ${id}, or does not know the state of its messages.`,
      );
      process.exitCode = FINDINGS;
    } else console.json(found);
  },
});

const failed = defineCommand({
  meta: { name: 'failed', description: 'List dead letters, without what they hold' },
  args: { ...QUEUE_ARG, ...FILTER_ARGS, ...PROJECT_ARGS },
  async run({ args }) {
    const filter = filterOf(args);
    const { withQueue, console } = await queueProject(args);
    const letters = await withQueue(args.queue, (queue) =>
      deadLettersOf(args.queue, queue).list(filter),
    );
    if (args.json) console.json(letters.map(letterJson));
    else for (const letter of letters) console.text(letterText(letter));
    console.note(`${letters.length} dead letter(s).`);
  },
});

const retry = defineCommand({
  meta: { name: 'retry', description: 'Send dead letters again, with no attempt counted' },
  args: { ...QUEUE_ARG, ...FILTER_ARGS, ...CHANGE_ARGS, ...PROJECT_ARGS },
  run: ({ args }) => change('retry', args),
});

const drop = defineCommand({
  meta: { name: 'drop', description: 'Delete dead letters' },
  args: { ...QUEUE_ARG, ...FILTER_ARGS, ...CHANGE_ARGS, ...PROJECT_ARGS },
  run: ({ args }) => change('drop', args),
});

export const queue = defineCommand({
  meta: { name: 'queue', description: 'Look into queues on their engines: messages, dead letters' },
  subCommands: { ls, stats, peek, failed, retry, drop },
});

interface ChangeFlags extends FilterFlags, ProjectFlags {
  readonly queue: string;
  readonly all: boolean;
  readonly 'dry-run': boolean;
  readonly yes: boolean;
}

const DOING = { retry: 'Send', drop: 'Delete' } as const;
const DONE = { retry: 'sent again', drop: 'deleted' } as const;

async function change(verb: 'retry' | 'drop', flags: ChangeFlags): Promise<void> {
  const filter = filterOf(flags);
  if (flags.all === Object.keys(filter).length > 0)
    throw wrongUsage('Say which dead letters: --id, --event and so on, or --all.');
  const project = await queueProject(flags);
  const { withQueue, console } = project;
  await withQueue(flags.queue, async (opened) => {
    const store = deadLettersOf(flags.queue, opened);
    const letters = await store.list(filter);
    if (verb === 'retry') refuseUnknown(project, flags.queue, letters);
    const message = `${DOING[verb]} ${letters.length} dead letter(s) of queue "${flags.queue}"${verb === 'retry' ? ' again' : ''}?`;
    const isDone = !flags['dry-run'] && letters.length > 0 && (await isConfirmed(message, flags));
    // Those that were shown, and none that has died since.
    const shown: DeadLetterFilter = { ids: letters.map(({ id }) => id) };
    const count = isDone ? await store[verb](shown) : 0;
    if (flags.json) console.json({ [verb]: count, found: letters.map(({ id }) => id) });
    else for (const letter of letters) console.text(letterText(letter));
    console.note(
      isDone ? `${count} ${DONE[verb]}.` : `Nothing was changed; ${letters.length} found.`,
    );
  });
}

/** A message for a handler that there is not would be a dead letter at once. */
function refuseUnknown(
  { topology }: QueueProject,
  queueName: string,
  letters: readonly DeadLetter[],
): void {
  const known = storedIdsOf(topology, queueName);
  const unknown = letters.filter(({ handler }) => handler !== undefined && !known.has(handler));
  const [first] = unknown;
  if (first === undefined) return;
  throw wrongUsage(
    `${unknown.length} of ${letters.length} dead letters are for handlers that the project does not have, such as "${first.handler}". Bind their classes, list the ids in previousIds, or select others.`,
  );
}

/** The envelope; what cannot be read is shown as it is. */
function jsonOf({ body }: DeadLetter): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
