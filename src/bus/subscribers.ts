/** Delivers messages to the subscribers of this process: to one of each group, each within its bounds. */
import type { GroupOptions } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import type { Handler } from '../dispatch/handler.js';
import { boundsOf, type PendingMessage, SubscriberBuffer } from './subscriber-buffer.js';

const NONE: readonly PendingMessage[] = [];

/** The group of a handler. */
export function groupOf({ plan }: Handler): string | undefined {
  return (plan.options as GroupOptions).group;
}

/** The subscribers of one bus. */
export class Subscribers {
  readonly #options: GroupOptions;
  readonly #whenFull: WhenFull;
  readonly #buffers = new Map<Handler, SubscriberBuffer>();
  readonly #turns = new Map<string, number>();

  constructor(options: GroupOptions, whenFull: WhenFull) {
    this.#options = options;
    this.#whenFull = whenFull;
  }

  /** The handlers that get a copy, in order: all without a group, and one of each group in turn. */
  choose(handlers: readonly Handler[]): readonly Handler[] {
    if (!handlers.some((handler) => groupOf(handler) !== undefined)) return handlers;
    const members = new Map<string, Handler[]>();
    const chosen = new Set<Handler>();
    for (const handler of handlers) {
      if (!handler.active) continue;
      const group = groupOf(handler);
      if (group === undefined) chosen.add(handler);
      else members.set(group, [...(members.get(group) ?? []), handler]);
    }
    for (const [group, handlers] of members) {
      const turn = this.#turns.get(group) ?? 0;
      this.#turns.set(group, turn + 1);
      chosen.add(handlers[turn % handlers.length] as Handler);
    }
    return handlers.filter((handler) => chosen.has(handler));
  }

  /** Gives one message to a handler; see {@link SubscriberBuffer.push}. A handler that has ended returns it. */
  give(handler: Handler, message: PendingMessage): Promise<void> | undefined {
    if (!handler.active) {
      message.done('returned');
      return undefined;
    }
    let buffer = this.#buffers.get(handler);
    if (buffer === undefined) {
      buffer = new SubscriberBuffer(handler, boundsOf(handler.plan, this.#options, this.#whenFull));
      this.#buffers.set(handler, buffer);
    }
    return buffer.push(message);
  }

  /** The handler has ended: returns what waited for it. */
  end(handler: Handler): readonly PendingMessage[] {
    const buffer = this.#buffers.get(handler);
    this.#buffers.delete(handler);
    return buffer?.end() ?? NONE;
  }

  /** Resolves once no message waits for a subscriber. */
  async idle(): Promise<void> {
    for (;;) {
      const waiting = [...this.#buffers.values()].flatMap((buffer) => buffer.idle() ?? []);
      if (waiting.length === 0) return;
      await Promise.all(waiting);
    }
  }
}
