/** What was thrown, which can be any value: also one that throws when it is looked at. */

/** Stands for a value that cannot be turned into text. */
const NO_TEXT = 'a value that has no text';

/** The message of an error, also of another realm, or the value as text. Never throws. */
export function describeThrown(thrown: unknown): string {
  try {
    if (typeof thrown === 'object' && thrown !== null) {
      const message: unknown = Reflect.get(thrown, 'message');
      if (typeof message === 'string' && message !== '') return message;
    }
    return String(thrown);
  } catch {
    return NO_TEXT;
  }
}

/** The same as `instanceof`, which throws for a revoked proxy. */
export function isThrown<T>(
  thrown: unknown,
  kind: abstract new (...parameters: never[]) => T,
): thrown is T {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}
