/** One named queue in memory: first in, first out. */
import type { EventKey } from '../../decorators/event-key.js';

/** What was deferred. */
export interface Message {
  readonly key: EventKey;
  readonly payload: unknown;
}

/** Taking the first message costs the same however many wait. */
export class MemoryQueue {
  #messages: (Message | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#messages.length - this.#head;
  }

  push(message: Message): void {
    this.#messages.push(message);
  }

  shift(): Message | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#messages[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#messages.length) {
      this.#messages = [];
      this.#head = 0;
    } else if (this.#head >= 4096 && this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }
}
