/** Asks before something is changed that cannot be changed back. */
import { confirm as ask, isCancel } from '@clack/prompts';
import { wrongUsage } from './command-error.js';

/**
 * Whether it is to be done: `--yes`, or the answer of whoever sits there.
 *
 * @throws CommandError `CAR7061` where nobody can be asked
 */
export async function isConfirmed(
  message: string,
  { yes }: { readonly yes: boolean },
): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw wrongUsage(
      `${message} Nobody can be asked here: say --yes, or --dry-run to see what it would do.`,
    );
  const answer = await ask({ message, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}
