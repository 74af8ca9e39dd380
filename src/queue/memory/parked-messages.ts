/** The messages in memory that wait for an instance of their handler. */
import type { MemoryMessage } from './memory-message.js';

export class ParkedMessages {
  #messages: MemoryMessage[] = [];

  get size(): number {
    return this.#messages.length;
  }

  /** Since when the one has waited that has waited longest. */
  get since(): number | undefined {
    if (this.#messages.length === 0) return undefined;
    return this.#messages.reduce(
      (oldest, { extras }) => Math.min(oldest, extras?.parkedAt ?? oldest),
      Number.POSITIVE_INFINITY,
    );
  }

  add(message: MemoryMessage, now: number): void {
    message.ensureExtras().parkedAt ??= now;
    this.#messages.push(message);
  }

  takeAll(): MemoryMessage[] {
    return this.#take(() => true);
  }

  /** Takes those that have waited since then, or longer. */
  takeSince(since: number): MemoryMessage[] {
    return this.#take(({ extras }) => (extras?.parkedAt ?? since) <= since);
  }

  /** Whether it was here. */
  remove(message: MemoryMessage): boolean {
    return this.#take((other) => other === message).length > 0;
  }

  #take(isWanted: (message: MemoryMessage) => boolean): MemoryMessage[] {
    const taken = this.#messages.filter(isWanted);
    if (taken.length > 0) this.#messages = this.#messages.filter((message) => !isWanted(message));
    return taken;
  }
}
