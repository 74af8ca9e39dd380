/** What the command line says. */
import { parseArgs } from 'node:util';

/** So many steps at least: a shorter scene would end before its queue is full. */
export const LEAST_STEPS = 2000;

export interface Options {
  readonly steps: number;
  /** Whether the game is played in a web page. */
  readonly page: boolean;
}

/** @throws Error that says what to give instead */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      steps: { type: 'string', default: '20000' },
      page: { type: 'boolean', default: false },
    },
  });
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < LEAST_STEPS) {
    throw new Error(
      `--steps ${values.steps} is no length of a game. Give a whole number, ${LEAST_STEPS} or more.`,
    );
  }
  return { steps, page: values.page };
}
