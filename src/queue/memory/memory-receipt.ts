/** The receipt of a message in memory. */
import type { Receipt, StoredMessage } from '../receipt.js';
import type { MemoryMessage } from './memory-message.js';

/** Reads the message's id only when it is asked for, because that makes it. */
export class MemoryReceipt implements Receipt {
  readonly #message: MemoryMessage;

  constructor(message: MemoryMessage) {
    this.#message = message;
  }

  get id(): string {
    return this.#message.id;
  }

  get messages(): readonly StoredMessage[] {
    return [storedMessage(this.#message, 'accepted')];
  }
}

/** One message of a receipt; its id, too, is made when it is read. */
export function storedMessage(
  message: MemoryMessage,
  result: StoredMessage['result'],
): StoredMessage {
  return {
    get id() {
      return message.id;
    },
    queue: message.store.queueName,
    handler: message.recipient?.id,
    result,
  };
}
