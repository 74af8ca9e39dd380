/** Delivers messages to the subscribers of this process: to one of each group, each within its bounds. */
import type { GroupOptions } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import { Handler, type HandlerPlan } from '../dispatch/handler.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import { boundsOf, type PendingMessage, SubscriberBuffer } from './subscriber-buffer.js';

const NONE: readonly PendingMessage[] = [];

/** A handler that hears a bus. It has at hand what each message asks for: to look it up takes longer than to call the handler. */
export class Subscriber extends Handler {
  readonly group: string | undefined;
  /** Made by the first message. */
  buffer: SubscriberBuffer | undefined = undefined;

  constructor(plan: HandlerPlan, target: object | undefined, owner: HandlerOwner) {
    super(plan, target, owner, owner.runtime.nextSequence());
    this.group = (plan.options as GroupOptions).group;
  }
}

/** The group of a handler. */
export function groupOf(handler: Handler): string | undefined {
  return (handler as Subscriber).group;
}

/** The subscribers of one bus. */
export class Subscribers {
  readonly #options: GroupOptions;
  readonly #whenFull: WhenFull;
  readonly #system: string;
  readonly #buffers = new Map<Handler, SubscriberBuffer>();
  readonly #turns = new Map<string, number>();

  /** @param system what telemetry calls the engine */
  constructor(options: GroupOptions, whenFull: WhenFull, system: string) {
    this.#options = options;
    this.#whenFull = whenFull;
    this.#system = system;
  }

  /** The handlers that get a copy, in order: all without a group, and one of each group in turn. */
  choose(handlers: readonly Handler[]): readonly Handler[] {
    for (let index = 0; index < handlers.length; index += 1)
      if (groupOf(handlers[index] as Handler) !== undefined) return this.#chooseMembers(handlers);
    return handlers;
  }

  #chooseMembers(handlers: readonly Handler[]): readonly Handler[] {
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
    const subscriber = handler as Subscriber;
    return (subscriber.buffer ?? this.#bufferOf(subscriber)).push(message);
  }

  #bufferOf(handler: Subscriber): SubscriberBuffer {
    const bounds = boundsOf(handler.plan, this.#options, this.#whenFull);
    const buffer = new SubscriberBuffer(handler, bounds, this.#system);
    this.#buffers.set(handler, buffer);
    handler.buffer = buffer;
    return buffer;
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
