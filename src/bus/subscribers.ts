/** How a message gets to subscribers within this process: one of each group, each within its bounds. */
import type { GroupOptions } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import type { Handler } from '../dispatch/handler.js';
import { boundsOf, type PendingMessage, SubscriberBuffer } from './subscriber-buffer.js';

/** The group of a handler. */
export function groupOf({ plan }: Handler): string | undefined {
  return (plan.options as GroupOptions).group;
}

/** The subscribers of one bus. */
export class Subscribers {
  readonly #options: GroupOptions;
  readonly #whenFull: WhenFull;
  readonly #inboxes = new Map<Handler, SubscriberBuffer>();
  readonly #turns = new Map<string, number>();

  constructor(options: GroupOptions, whenFull: WhenFull) {
    this.#options = options;
    this.#whenFull = whenFull;
  }

  /** Those that get a copy, in order: all that have no group, and of each group the one whose turn it is. */
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

  /** Hands over one message; see {@link SubscriberBuffer.push}. */
  give(handler: Handler, parcel: PendingMessage): Promise<void> | undefined {
    let inbox = this.#inboxes.get(handler);
    if (inbox === undefined) {
      inbox = new SubscriberBuffer(handler, boundsOf(handler.plan, this.#options, this.#whenFull));
      this.#inboxes.set(handler, inbox);
    }
    return inbox.push(parcel);
  }

  /** The handler has ended: what waits for it is given back. */
  forget(handler: Handler): void {
    this.#inboxes.get(handler)?.clear();
    this.#inboxes.delete(handler);
  }
}
