/** What was thrown, which can be any value: also one that throws when it is looked at. */

/** Stands for a value that cannot be turned into text. */
const NO_TEXT = 'a value that has no text';

/** The message of an error, also of another realm, or the value as text. Never throws. */
export function describeThrown(thrown: unknown): string {
  const message = textOfThrown(thrown, 'message');
  if (message !== undefined && message !== '') return message;
  try {
    return String(thrown);
  } catch {
    return NO_TEXT;
  }
}

/** The same as a sentence, which others may follow. */
export function thrownSentence(thrown: unknown): string {
  const text = describeThrown(thrown);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** A property of what was thrown; `undefined` where it is not text. Never throws. */
export function textOfThrown(thrown: unknown, property: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    const value: unknown = Reflect.get(thrown, property);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
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
