/** The engine's own limit of attempts: more than any worker would make, since the worker decides when to give up. */
export const UNLIMITED_ATTEMPTS = 1_000_000_000;
