/** A thrown value as it is stored with its message. */
import { describeThrown, textOfThrown } from '../events/describe-thrown.js';
import type { Failure } from './queue-provider.js';

/** The longest texts that are stored, in characters: a failure that no engine can store would bring its message back for ever. */
const LONGEST = { name: 255, code: 255, message: 2048, stack: 4096 };

/** Of an error or of any other value. Never throws, and every engine can store the result. */
export function failureOf(thrown: unknown): Failure {
  return {
    name: storable(textOfThrown(thrown, 'name') ?? 'Error', LONGEST.name),
    message: storable(describeThrown(thrown), LONGEST.message),
    code: optional(thrown, 'code'),
    stack: optional(thrown, 'stack'),
  };
}

function optional(thrown: unknown, property: 'code' | 'stack'): string | undefined {
  const text = textOfThrown(thrown, property);
  return text === undefined ? undefined : storable(text, LONGEST[property]);
}

/** Without what is no Unicode, and without NUL, which PostgreSQL refuses. */
function storable(text: string, longest: number): string {
  const short = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return short.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');
}
