/** What `defer` gives back: the ids of what was stored. */
import type { MemoryMessage } from './memory/memory-message.js';

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
    queue: message.queue.queueName,
    handler: message.target?.id,
    result,
  };
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
