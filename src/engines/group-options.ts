/** How the members of a group on the bus notice that one of them died, and what they drop. */

/** How a member of a group watches the others. */
export interface GroupMemberOptions {
  /** Milliseconds after which a message that a member has not acknowledged is given to another one. */
  readonly leaseTime: number;
  /** Receives errors that no caller waits for. */
  failed(error: unknown): void;
}

/** After how many deliveries without an acknowledgement a group drops a message: it probably kills its members. */
export const MAX_DELIVERIES = 5;

/** The report of a message that is dropped. */
export function droppedMessageError(id: string, group: string): Error {
  return new Error(
    `the message ${id} of group ${group} was dropped: ${MAX_DELIVERIES} members took it and none came back`,
  );
}
