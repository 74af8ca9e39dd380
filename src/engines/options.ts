/** The check of the numbers that the options of an engine give. */
import { CarillonError } from '../../decorators/carillon-error.js';

/**
 * @param place what has the options, for the error
 * @throws CarillonError with that code for the first that is no number above 0
 */
export function checkPositive(
  code: 'CAR7022' | 'CAR7030',
  place: string,
  options: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value > 0))
      throw new CarillonError(
        code,
        `${place} has ${name}: ${String(value)}. Give a number, more than 0.`,
      );
  }
}
