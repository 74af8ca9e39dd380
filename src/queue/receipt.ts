/** What `defer` resolves with: the ids of the stored messages. */

/** One stored message; each handler gets its own. */
export interface StoredMessage {
  /** For `cancel`, `reschedule` and `status`. */
  readonly id: string;
  /** The name of its queue. */
  readonly queue: string;
  /** The stable id of its handler; `undefined` where the sender knows no handler and the worker finds them. */
  readonly handler: string | undefined;
  /** `'duplicate'`: its deduplication id is remembered, so it was not stored. */
  readonly result: 'accepted' | 'duplicate';
}

/** What was stored for a deferred event. */
export interface Receipt {
  /** The id of the first stored message. With one handler of the event, it is the only one. */
  readonly id: string;
  /** One for each handler of the event. */
  readonly messages: readonly StoredMessage[];
}

/** A receipt of known messages. */
export class StoredReceipt implements Receipt {
  readonly messages: readonly StoredMessage[];

  constructor(messages: readonly StoredMessage[]) {
    this.messages = messages;
  }

  get id(): string {
    return this.messages[0]?.id ?? '';
  }
}
