/** Refuses flags that a command does not have, since a misspelt `--dry-run` must not pass, and arguments too many or too few. */
import type { ArgDef, CommandDef } from 'citty';
import { wrongUsage } from './command-error.js';

/** The argument that stands for any number of them: citty gives all as `_`. */
const MANY = 'paths';

/** @throws CommandError `CAR7061` for the first flag that it does not have, for an argument too many, and for one that is missing */
export async function refuseUnknownFlags(
  command: CommandDef,
  given: readonly string[],
): Promise<void> {
  const args = ((await command.args) ?? {}) as Record<string, ArgDef>;
  const flags = new Map(
    Object.entries(args).flatMap(([name, arg]) => namesOf(name, arg).map((flag) => [flag, arg])),
  );
  const places = Object.entries(args).filter(([, { type }]) => type === 'positional');
  const positionals = Object.hasOwn(args, MANY) ? Number.POSITIVE_INFINITY : places.length;
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
  const missing = places.slice(count).find(([, { required }]) => required !== false);
  if (missing !== undefined)
    throw wrongUsage(`${missing[0].toUpperCase()} is missing. ${missing[1].description}.`);
}

function namesOf(name: string, { type, ...arg }: ArgDef): string[] {
  if (type === 'positional') return [];
  const { alias = [] } = arg as { alias?: string | readonly string[] };
  return [
    `--${name}`,
    ...[alias].flat().map((short) => `${short.length === 1 ? '-' : '--'}${short}`),
  ];
}
