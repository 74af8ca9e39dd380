/** The receipt of a message in memory. */
import type { Receipt, StoredMessage } from '../receipt.js';
import type { MemoryMessage } from './memory-message.js';

/** Of a message in memory: its id is made when somebody asks for it. */
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

/** What became of a message in memory, whose id is made when somebody asks for it. */
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
