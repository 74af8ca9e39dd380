/** Promises of any make. */

/** Whether the value is a promise of any make. Never throws, not even for a revoked proxy. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
}
