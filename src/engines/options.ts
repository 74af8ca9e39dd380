/** The check of the numbers among the options of an engine. */
import { CarillonError } from '../../decorators/carillon-error.js';

/**
 * @param place whose options they are, for the error: `redisQueue`
 * @throws CarillonError with the given code for the first option that is not a number above 0
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
