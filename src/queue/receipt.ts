/** What `defer` gives back: the ids of what was stored. */

/** One stored message: each handler has one of its own. */
export interface StoredMessage {
  /** By which it is cancelled, rescheduled and asked for. */
  readonly id: string;
  readonly queue: string;
  /** The stable id of its handler; `undefined` where the worker has yet to find the handlers. */
  readonly handler: string | undefined;
  /** `'duplicate'`: its deduplication id is remembered, and it was not stored. */
  readonly result: 'accepted' | 'duplicate';
}

/** The proof that a message was accepted. */
export interface Receipt {
  /** The id of the first stored message; there is only one where one handler hears the event. */
  readonly id: string;
  readonly messages: readonly StoredMessage[];
}

/** Of messages that were stored one by one. */
export class StoredReceipt implements Receipt {
  readonly messages: readonly StoredMessage[];

  constructor(messages: readonly StoredMessage[]) {
    this.messages = messages;
  }

  get id(): string {
    return this.messages[0]?.id ?? '';
  }
}
