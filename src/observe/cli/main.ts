/** `npx carillon`. */
import { readFileSync, writeSync } from 'node:fs';
import { type CommandDef, defineCommand, renderUsage, runCommand } from 'citty';
import { CarillonError } from '../../../decorators/index.js';
import { CommandError, cannotLoad } from './command-error.js';
import { COMMANDS } from './commands/index.js';
import { flushed, processConsole, shownText } from './console.js';
import { CANNOT_LOAD, OK, USAGE } from './exit-codes.js';
import { refuseUnknownFlags } from './unknown-flags.js';

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

const MAIN = defineCommand({
  meta: {
    name: 'carillon',
    version,
    description:
      'Looks at the events of a project: who hears what, who sends it, and what is wrong',
  },
  subCommands: COMMANDS,
});

/** What nobody reads any more, as behind a pipe into `head`, need not be written. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.off('exit', failUnfinished);
    process.exit();
  });

/** A project may end the process, or keep a command waiting for something that never comes. */
process.once('exit', failUnfinished);

process.exitCode = OK;
try {
  await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error);
}
await flushed();
process.off('exit', failUnfinished);
// What a project has opened when it was imported would keep the process.
process.exit();

function failUnfinished(code: number): void {
  if (code !== OK) return;
  process.exitCode = CANNOT_LOAD;
  const { message } = cannotLoad(
    'The process ended before the command had. The project has ended it, or its container() waits for something that never comes.',
  );
  writeSync(process.stderr.fd, `error ${message}\n`);
}

async function run(args: readonly string[]): Promise<void> {
  const { text, note, colors } = processConsole();
  const [first] = args;
  if (first === '--version' || first === '-v') return text(version);
  const { command, parent, rest } = await find(args);
  if (rest.includes('--help') || rest.includes('-h'))
    return text(shownText(await renderUsage(command, parent), colors));
  if (command.subCommands !== undefined) {
    note(shownText(await renderUsage(command, parent), colors));
    throw new CommandError(
      USAGE,
      'CAR7061',
      rest[0] === undefined || rest[0].startsWith('-')
        ? 'No command was given. Give one of those above.'
        : `There is no command ${JSON.stringify(rest[0])}. Give one of those above.`,
    );
  }
  await refuseUnknownFlags(command, rest);
  await runCommand(command, { rawArgs: [...rest] });
}

interface Found {
  readonly command: CommandDef;
  readonly parent: CommandDef | undefined;
  readonly rest: readonly string[];
}

/** The command that is named, and what it is given. */
async function find(args: readonly string[]): Promise<Found> {
  let [command, parent, rest]: [CommandDef, CommandDef | undefined, readonly string[]] = [
    MAIN as CommandDef,
    undefined,
    args,
  ];
  for (;;) {
    const below = (await command.subCommands) as Record<string, CommandDef> | undefined;
    const [name = ''] = rest;
    if (below === undefined || !Object.hasOwn(below, name)) return { command, parent, rest };
    [command, parent, rest] = [below[name] as CommandDef, command, rest.slice(1)];
  }
}

/** Says it, and gives the exit code. */
function reportError(error: unknown): number {
  const { note, colors } = processConsole();
  const isOurs = error instanceof CarillonError;
  const text = error instanceof Error ? error.message : String(error);
  note(`${colors.red('error')} ${text}`);
  if (isOurs) note(`Read more: carillon explain ${error.code}`);
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error) note(colors.dim(`cause: ${cause.stack ?? cause.message}`));
  else if (cause !== undefined) note(colors.dim(`cause: ${String(cause)}`));
  else if (!isOurs && error instanceof Error) note(colors.dim(String(error.stack)));
  if (error instanceof CommandError) return error.exitCode;
  // citty's own errors are about the arguments.
  return (error as { name?: unknown }).name === 'CLIError' ? USAGE : CANNOT_LOAD;
}
