/** `carillon tail [topic]`: shows what is published on the bus of the project's engine, as it comes. */
import { defineCommand } from 'citty';
import type { Delivery } from '../../../../decorators/index.js';
import { type Application, HOST } from '../../../application/adapter.js';
import { describe } from '../../index.js';
import { CommandError, wrongUsage } from '../command-error.js';
import { type Console, processConsole } from '../console.js';
import { FINDINGS } from '../exit-codes.js';
import { PROJECT_ARGS, projectContainer } from '../project.js';
import { untilInterrupted } from '../until-interrupted.js';

export const tail = defineCommand({
  meta: {
    name: 'tail',
    description: 'Show what is published on the bus of an engine, as it comes',
  },
  args: {
    topic: {
      type: 'positional',
      description: 'A topic or a pattern',
      required: false,
      default: '**',
    },
    payload: { type: 'boolean', description: 'Show what the events hold', default: false },
    limit: { type: 'string', description: 'End after this number of events', valueHint: 'n' },
    ...PROJECT_ARGS,
  },
  async run({ args: { topic, payload, limit, ...flags } }) {
    const most = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
    if (limit !== undefined && (!Number.isInteger(most) || most < 1))
      throw wrongUsage(`--limit is ${JSON.stringify(limit)}. Give a whole number, 1 or more.`);
    const container = await projectContainer(flags);
    // Tells whether it is a container with events.
    describe(container);
    const { application } = (
      container as { readonly [HOST]: { readonly application: Application } }
    )[HOST];
    if (application.settings.bus === undefined)
      throw wrongUsage(
        'The bus of the project stays within its process. Only the bus of an engine can be heard from here.',
      );
    const console = processConsole();
    const shown = new Shown(console, { payload, json: flags.json, most });
    await listen(application, topic, shown);
    console.note(`Listening for ${topic}; Ctrl+C ends it.`);
    await Promise.race([shown.complete, untilInterrupted()]);
    await application.stop({ drain: 0 });
  },
});

/** Starts the bus alone: nothing of the project is built, and no queue is processed. */
async function listen({ bus, settings }: Application, topic: string, shown: Shown): Promise<void> {
  bus.subscribe(topic, (event, delivery) => shown.add(event, delivery));
  try {
    await bus.start();
    await bus.ready();
  } catch (cause) {
    throw notReached(settings.bus?.name, cause);
  }
}

function notReached(engine: string | undefined, cause: unknown): CommandError {
  return new CommandError(
    FINDINGS,
    'CAR5041',
    `The bus on ${engine} cannot be reached. See the cause, and whether the engine runs.`,
    { cause },
  );
}

interface ShownOptions {
  readonly payload: boolean;
  readonly json: boolean;
  readonly most: number;
}

/** Writes each event in a line: JSON lines for programs. */
class Shown {
  /** Resolves once as many as were asked for were shown. */
  readonly complete: Promise<void>;
  #done!: () => void;
  #count = 0;

  constructor(
    private readonly console: Console,
    private readonly options: ShownOptions,
  ) {
    this.complete = new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  add(event: unknown, { event: name, message }: Delivery): void {
    const { payload, json, most } = this.options;
    if (this.#count >= most) return;
    this.#count += 1;
    const time = (message?.time ?? new Date()).toISOString();
    const facts = { time, event: name, id: message?.id, source: message?.source };
    const held = payload ? { payload: event } : {};
    this.console.text(
      json
        ? JSON.stringify({ ...facts, ...held })
        : `${time}  ${name}  ${facts.source ?? ''} ${facts.id ?? ''}${payload ? `\n  ${JSON.stringify(event)}` : ''}`,
    );
    if (this.#count === most) this.#done();
  }
}
