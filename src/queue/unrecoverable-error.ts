/** How a handler says that trying again is of no use. */

/**
 * Thrown by a deferred handler: its message goes to the dead letters at once, however many attempts are left.
 *
 * @example
 * if (account.closed) throw new UnrecoverableError(`account ${account.id} is closed`);
 */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
}
