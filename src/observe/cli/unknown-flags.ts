/** Refuses flags that a command does not have: a misspelt `--dry-run` must not pass. */
import type { ArgDef, CommandDef } from 'citty';
import { wrongUsage } from './command-error.js';

/** The argument that stands for any number of them: citty gives all as `_`. */
const MANY = 'paths';

/** @throws CommandError `CAR7061` for the first flag that it does not have, and for an argument too many */
export async function refuseUnknownFlags(
  command: CommandDef,
  given: readonly string[],
): Promise<void> {
  const args = ((await command.args) ?? {}) as Record<string, ArgDef>;
  const flags = new Map(
    Object.entries(args).flatMap(([name, arg]) => namesOf(name, arg).map((flag) => [flag, arg])),
  );
  const positionals = Object.hasOwn(args, MANY)
    ? Number.POSITIVE_INFINITY
    : Object.values(args).filter(({ type }) => type === 'positional').length;
  let count = 0;
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] as string;
    if (!word.startsWith('-')) {
      count += 1;
      if (count > positionals)
        throw wrongUsage(`${JSON.stringify(word)} is one argument too many.`);
      continue;
    }
    const [flag = '', value] = word.split('=', 2);
    const arg = flags.get(flag);
    if (arg === undefined)
      throw wrongUsage(`There is no flag ${flag}. It takes ${[...flags.keys()].join(', ')}.`);
    if (arg.type === 'boolean' || value !== undefined) continue;
    index += 1;
    if (given[index] === undefined) throw wrongUsage(`${flag} has no value. Give one behind it.`);
  }
}

function namesOf(name: string, { type, ...arg }: ArgDef): string[] {
  if (type === 'positional') return [];
  const { alias = [] } = arg as { alias?: string | readonly string[] };
  return [
    `--${name}`,
    ...[alias].flat().map((short) => `${short.length === 1 ? '-' : '--'}${short}`),
  ];
}
