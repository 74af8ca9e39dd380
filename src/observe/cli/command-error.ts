/** Why a command cannot do what it was asked to. */
import { CarillonError } from '../../../decorators/index.js';
import { CANNOT_LOAD, USAGE } from './exit-codes.js';

/** An error that ends the command with an exit code of its own. */
export class CommandError extends CarillonError {
  constructor(
    readonly exitCode: number,
    ...parts: ConstructorParameters<typeof CarillonError>
  ) {
    super(...parts);
  }
}

/** `CAR7060`: the project cannot be loaded. */
export function cannotLoad(text: string, cause?: unknown): CommandError {
  return new CommandError(CANNOT_LOAD, 'CAR7060', text, { cause });
}

/** `CAR7061`: the command was called wrongly. */
export function wrongUsage(text: string): CommandError {
  return new CommandError(USAGE, 'CAR7061', text);
}
