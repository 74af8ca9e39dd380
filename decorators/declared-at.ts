/** Where a decorator stands in the sources, for a program that asks for it before it imports them: the command line does. */

/** A line of a source file. */
export interface DeclarationPlace {
  /** The path of the source file. */
  readonly file: string;
  /** Missing where the compiler's source map does not know it. */
  readonly line?: number;
}

/** The property of the global object that such a program sets. `Symbol.for`, as the declarations. */
export const DECLARED_AT = Symbol.for('carillon.declared-at');

/**
 * The place of the decorator that is being called; `undefined` where nobody has asked, or it is not known.
 *
 * @param decorator its name
 */
export function declaredAt(decorator: string): DeclarationPlace | undefined {
  return (globalThis as Asked)[DECLARED_AT]?.(decorator);
}

interface Asked {
  readonly [DECLARED_AT]?: (decorator: string) => DeclarationPlace | undefined;
}
