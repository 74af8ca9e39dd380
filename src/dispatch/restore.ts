/** The surroundings in which an event was sent, for handlers that hear it later. */

/** Calls the action in the surroundings that it was made in. */
export type Restore = <T>(action: () => T) => T;

/** Calls the action in those surroundings, if any were kept. */
export function restored<T>(restore: Restore | undefined, action: () => T): T {
  return restore === undefined ? action() : restore(action);
}
