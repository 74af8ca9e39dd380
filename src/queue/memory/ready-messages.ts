/** The messages of a queue in memory that are due, in the order in which they are taken. */
import { Fifo } from './fifo.js';
import type { MemoryMessage } from './memory-message.js';

/** The messages of one ordering key: the head is in progress, or waits for its next attempt. */
interface KeyGroup {
  head: MemoryMessage;
  readonly followers: Fifo<MemoryMessage>;
}

/** Plain messages go through one list; priorities and ordering keys have structures of their own, made on demand. */
export class ReadyMessages {
  readonly #plain = new Fifo<MemoryMessage>();
  /** By priority, the highest first; the plain list stands for 0. */
  #levels: [priority: number, list: Fifo<MemoryMessage>][] | undefined;
  readonly #groups = new Map<string, KeyGroup>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(message: MemoryMessage, end: 'front' | 'back' = 'back'): void {
    this.#size += 1;
    const list = this.#listOf(message);
    if (end === 'back') list.push(message);
    else list.unshift(message);
  }

  /** The next message whose ordering key is free; it holds the key until {@link release}. */
  take(): MemoryMessage | undefined {
    for (;;) {
      const message = this.#shift();
      if (message === undefined) return undefined;
      const key = message.extras?.orderingKey;
      if (key !== undefined && !this.#hold(key, message)) continue;
      this.#size -= 1;
      return message;
    }
  }

  /** The oldest message of the highest priority, whatever its ordering key. */
  drop(): MemoryMessage | undefined {
    const message = this.#shift();
    if (message !== undefined) this.#size -= 1;
    return message;
  }

  /** Frees the message's ordering key: the next of that key comes before everything else. */
  release(message: MemoryMessage): void {
    const key = message.extras?.orderingKey;
    const group = key === undefined ? undefined : this.#groups.get(key);
    if (group?.head !== message) return;
    const next = group.followers.shift();
    if (next === undefined) this.#groups.delete(key as string);
    else {
      group.head = next;
      this.#listOf(next).unshift(next);
    }
  }

  /** Takes out a message that is in here. */
  remove(message: MemoryMessage): void {
    const isIt = (other: MemoryMessage) => other === message;
    if (this.#listOf(message).remove(isIt).length === 0)
      this.#groups.get(message.extras?.orderingKey ?? '')?.followers.remove(isIt);
    this.#size -= 1;
  }

  /** When the oldest of those was sent that come first in their list, in milliseconds since 1970 UTC. */
  get oldest(): number | undefined {
    const lists = this.#levels?.map(([, list]) => list) ?? [this.#plain];
    const sent = lists.flatMap((list) => list.first?.enqueuedAt ?? []);
    return sent.length === 0 ? undefined : Math.min(...sent);
  }

  #shift(): MemoryMessage | undefined {
    if (this.#levels === undefined) return this.#plain.shift();
    for (const [, list] of this.#levels) {
      const message = list.shift();
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #listOf({ extras }: MemoryMessage): Fifo<MemoryMessage> {
    const priority = extras?.priority ?? 0;
    if (priority === 0) return this.#plain;
    this.#levels ??= [[0, this.#plain]];
    let level = this.#levels.find(([own]) => own === priority);
    if (level === undefined) {
      level = [priority, new Fifo()];
      this.#levels = [...this.#levels, level].sort(([a], [b]) => b - a);
    }
    return level[1];
  }

  /** Whether the message may go on; otherwise it follows the head of its key. */
  #hold(key: string, message: MemoryMessage): boolean {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { head: message, followers: new Fifo() });
    else if (group.head !== message) {
      group.followers.push(message);
      return false;
    }
    return true;
  }
}
