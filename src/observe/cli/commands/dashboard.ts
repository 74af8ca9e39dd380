/** `carillon dashboard`: the page of a project whose program runs elsewhere, or not at all. */
import { defineCommand } from 'citty';
import { type Application, HOST } from '../../../application/adapter.js';
import type { DashboardCommand } from '../../dashboard/index.js';
import { describe } from '../../index.js';
import { CommandError, wrongUsage } from '../command-error.js';
import { type Console, processConsole } from '../console.js';
import { FINDINGS } from '../exit-codes.js';
import { PROJECT_ARGS, projectContainer } from '../project.js';
import { untilInterrupted } from '../until-interrupted.js';

const MOST_PORTS = 65_535;

export const dashboard = defineCommand({
  meta: {
    name: 'dashboard',
    description: 'Serve the dashboard: the graph, the queues and the bus on their engines',
  },
  args: {
    port: {
      type: 'string',
      description: 'Where it listens; by default a free one',
      valueHint: 'n',
    },
    environment: {
      type: 'string',
      description: 'What the page calls the place; by default NODE_ENV',
      valueHint: 'name',
    },
    commands: {
      type: 'boolean',
      description: 'Let the page retry, edit and drop dead letters',
      default: false,
    },
    config: PROJECT_ARGS.config,
  },
  async run({ args: { port, environment, commands, ...flags } }) {
    const address = { port: portOf(port) };
    const container = await projectContainer(flags);
    // Tells whether it is a container with events.
    describe(container);
    const { application } = (
      container as { readonly [HOST]: { readonly application: Application } }
    )[HOST];
    const console = processConsole();
    noteDeferred(application);
    // Loaded when it is asked for: no other command needs it.
    const { dashboard: open } = await import('../../dashboard/index.js');
    const board = open(container, {
      ...(environment !== undefined && { environment }),
      ...(commands && { commands }),
      onCommand: (command) => console.note(commandText(command)),
    });
    const { url } = await board.listen(address).catch(cannotListen);
    console.text(url);
    console.note('Serving the dashboard; Ctrl+C ends it.');
    await hearBus(application, console);
    await untilInterrupted();
    board.close();
    await application.stop({ drain: 0 });
  },
});

function portOf(text = '0'): number {
  // Number() takes more than anybody means for a port: '', ' ', '1e3'.
  const port = /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (port <= MOST_PORTS) return port;
  throw wrongUsage(`--port is ${JSON.stringify(text)}. Give a whole number up to ${MOST_PORTS}.`);
}

/** A port that is taken is found, and is no fault of the project. The message says all that the cause does. */
function cannotListen({ message }: Error): never {
  throw new CommandError(FINDINGS, 'CAR7080', message.replace('CAR7080: ', ''));
}

/**
 * Nothing is built, so that no handler is wired. But a dead letter is sent again only where its handler is known, as one is whose instances have all
 * ended.
 */
function noteDeferred({ listServices, plans, queue, scope }: Application): void {
  for (const { builds } of listServices()) {
    if (builds === undefined) continue;
    const prototype = builds.prototype as object;
    for (const plan of [...plans.ofPrototype(prototype), ...plans.activated(prototype)])
      if (plan.queue !== undefined) queue.wire(plan, scope).end();
  }
}

/** Shows what is published on the engine's bus; without it the rest of the page is of use all the same. */
async function hearBus({ bus, settings }: Application, console: Console): Promise<void> {
  if (settings.bus === undefined) return;
  bus.subscribe('**', function busOfTheEngine() {
    // The dashboard sees that it was called.
  });
  try {
    await bus.start();
    await bus.ready();
    console.note(`Hearing the bus on ${settings.bus.name}.`);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    console.note(
      `The bus on ${settings.bus.name} cannot be reached, so the feed stays empty: ${text}`,
    );
  }
}

/** A line of the audit log. */
function commandText({ time, command, queue, which, reason, ...done }: DashboardCommand): string {
  const end = done.error === undefined ? `${done.count} done` : `failed: ${done.error}`;
  const letters = which === undefined ? '' : ` ${JSON.stringify(which)}`;
  return `${time.toISOString()}  ${command} ${queue}${letters}, ${end}. Reason: ${JSON.stringify(reason)}`;
}
