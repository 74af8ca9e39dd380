/** What a file of options tells the declaration about them. */

/** One subject's options: how they are checked at the decoration, and when two of them say the same. */
export interface OptionSubject<Options> {
  /** What is wrong, and what to do: the sentences that follow `@On on Bell.ring`. `undefined` when all is well. */
  readonly fault: (options: Options) => string | undefined;
  /** The values, defaults filled in and lists spread, by which two declarations are told apart. */
  readonly parts: (options: Options) => readonly unknown[];
}

/** What is wrong with the options, by the first subject that finds something. */
export function faultOf<Options>(
  subjects: readonly OptionSubject<Options>[],
  options: Options,
): string | undefined {
  for (const { fault } of subjects) {
    const found = fault(options);
    if (found !== undefined) return found;
  }
  return undefined;
}
