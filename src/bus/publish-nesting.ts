/** The publishes of one bus that stand inside one another within the process, and the guard against too many. */
import { type EventKey, eventName } from '../../decorators/event-key.js';
import { RecursionError } from '../dispatch/errors.js';
import { type Handler, handlerName } from '../dispatch/handler.js';

/** `CAR4006` for a publish. The guard reports it: who fails by it is not reported again. */
export class PublishRecursion extends RecursionError {}

/** A chain of publishes: two lists that grow and shrink together cost less than an object for each publish. */
interface PublishChain {
  readonly events: EventKey[];
  /** The handler that each of them is calling. */
  readonly handlers: (Handler | undefined)[];
}

export class PublishNesting {
  readonly #limit: number;
  #chain: PublishChain = { events: [], handlers: [] };
  /** How much of the chain stood in another turn. */
  #before = 0;
  #recursion: PublishRecursion | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether one publish more must not be delivered where it stands. */
  get isFull(): boolean {
    return this.#recursion !== undefined || this.#chain.events.length - this.#before >= this.#limit;
  }

  /** What refuses further publishes until all that are under way have returned; `undefined` for a long chain that is no circle. */
  get recursion(): PublishRecursion | undefined {
    return this.#recursion;
  }

  begin(event: EventKey): void {
    this.#chain.events.push(event);
    this.#chain.handlers.push(undefined);
  }

  /** The publish that was begun last calls this handler. */
  calls(handler: Handler): void {
    const { handlers } = this.#chain;
    handlers[handlers.length - 1] = handler;
  }

  end(): void {
    const { events, handlers } = this.#chain;
    events.pop();
    handlers.pop();
    if (events.length === 0) this.#recursion = undefined;
  }

  /** Lets the chain so far go on in another turn: what is returned calls the action as a part of it. */
  suspend(): <T>(action: () => T) => T {
    const { events, handlers } = this.#chain;
    const chain = { events: [...events], handlers: [...handlers] };
    return (action) => {
      this.#chain = chain;
      this.#before = chain.events.length;
      try {
        return action();
      } finally {
        this.#chain = { events: [], handlers: [] };
        this.#before = 0;
        this.#recursion = undefined;
      }
    };
  }

  /** The recursion that one publish more would be: a handler stands inside itself. `undefined` where none does. */
  recursionOf(event: EventKey): PublishRecursion | undefined {
    const { events, handlers } = this.#chain;
    if (new Set(handlers).size === handlers.length) return undefined;
    this.#recursion = new PublishRecursion({
      event: eventName(event),
      verb: 'published',
      reason: `more than ${this.#limit} times`,
      chain: events.map((key, index) => ({
        event: eventName(key),
        handler: handlerName((handlers[index] as Handler).plan),
      })),
    });
    return this.#recursion;
  }
}
