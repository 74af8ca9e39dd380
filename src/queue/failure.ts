/** Errors as they are stored with a message. */
import type { Failure } from './queue-provider.js';

/** Takes what is thrown, error or not. */
export function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  const { name, message, stack } = thrown;
  const { code } = thrown as { code?: unknown };
  return { name, message, code: typeof code === 'string' ? code : undefined, stack };
}
