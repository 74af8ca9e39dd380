/** What a file of options tells the declaration about them. */
import { knownFault, type OptionShape, type Shape, unknownFault } from './check-options.js';

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
 * What is wrong with the options, by the first subject that finds something, or because none of them knows an option.
 *
 * @param others names of options that somebody else checks
 */
export function faultOf<Options>(
  subjects: readonly AnySubject<Options>[],
  options: Options,
  others: readonly string[] = [],
): string | undefined {
  const fault = subjectsFault(subjects, options);
  if (fault !== undefined) return fault;
  const isKnown = (name: string) =>
    others.includes(name) || subjects.some(({ shape }) => Object.hasOwn(shape, name));
  if (Object.keys(options as object).every(isKnown)) return undefined;
  const names = subjects.flatMap(({ shape }) => Object.keys(shape));
  return unknownFault([...names, ...others], options as object);
}

/** What is wrong with the options that the subjects know. */
export function subjectsFault<Options>(
  subjects: readonly AnySubject<Options>[],
  options: Options,
): string | undefined {
  for (const { shape, fault } of subjects) {
    const found = knownFault(shape, options) ?? fault?.(options);
    if (found !== undefined) return found;
  }
  return undefined;
}
