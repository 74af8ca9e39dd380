/** What a file of options tells the declaration about them. */
import { givenFault, type OptionShape, type Shape, unknownFault } from './check-options.js';

/** One subject's options: how they are checked at the decoration, and when two of them say the same. */
export interface OptionSubject<Options, Own = OptionShape<Options>> {
  readonly shape: Own;
  /** What is wrong with several of them together: the sentences that follow `@On on Bell.ring`. */
  readonly fault?: (options: Options) => string | undefined;
  /** The values, defaults filled in and lists spread, by which two declarations are told apart. */
  readonly parts: (options: Options) => readonly unknown[];
}

/** A subject among those of a decorator. */
export type AnySubject<Options> = OptionSubject<Options, Shape>;

/**
 * What is wrong with the options, by the first subject that finds something, or because none of them has an option.
 *
 * @param others what somebody else checks
 */
export function faultOf<Options>(
  subjects: readonly AnySubject<Options>[],
  options: Options,
  others: Shape = {},
): string | undefined {
  const fault = subjectsFault(subjects, options);
  if (fault !== undefined) return fault;
  return unknownFault([...subjects.map(({ shape }) => shape), others], options as object);
}

/** What is wrong with the options that the subjects have. */
export function subjectsFault<Options>(
  subjects: readonly AnySubject<Options>[],
  options: Options,
): string | undefined {
  const fault = givenFault(
    subjects.map(({ shape }) => shape),
    options,
  );
  if (fault !== undefined) return fault;
  for (const { fault: faultTogether } of subjects) {
    const found = faultTogether?.(options);
    if (found !== undefined) return found;
  }
  return undefined;
}
