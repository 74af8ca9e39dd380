/** The façade that every service of Nest can hold: a singleton that sends to the scope of the request under way. */
import { Events } from '../../application/events.js';
import type { EventBus } from '../../bus/event-bus.js';
import type { EmitOptions } from '../../dispatch/emit-options.js';
import { readEvent } from '../../events/event-arguments.js';
import type { EventQueue } from '../../queue/event-queue.js';
import type { Scope } from '../../scope/scope.js';

const UP: EmitOptions = { bubbles: true };

/** What scopes, the bus and the queues an `Events` of Nest sends to. */
export interface EventsTarget {
  readonly scope: Scope;
  readonly bus: EventBus;
  readonly queue: EventQueue;
}

/** In a scope of a request, an emit also reaches the handlers of the application: those are Nest's singletons. */
export class CurrentEvents extends Events {
  readonly #root: Scope;
  readonly #current: () => Scope | undefined;

  /** @param current the scope of the request under way, as long as it is open */
  constructor({ scope, bus, queue }: EventsTarget, current: () => Scope | undefined) {
    super(scope, bus, queue);
    this.#root = scope;
    this.#current = current;
  }

  override emit(event: unknown, second?: unknown, third?: unknown): void {
    const scope = this.#current();
    if (scope === undefined) {
      const { emitter } = this.#root;
      (emitter.emit as Loose).call(emitter, event, second, third);
      return;
    }
    const { key, payload, options } = readEvent<EmitOptions>('emit', event, second, third);
    scope.emitterCore.emit(key, payload, upwards(options));
  }

  override async emitAsync(event: unknown, second?: unknown, third?: unknown): Promise<unknown[]> {
    const scope = this.#current() ?? this.#root;
    const { key, payload, options } = readEvent<EmitOptions>('emitAsync', event, second, third);
    return scope.emitterCore.emitAsync(key, payload, upwards(options));
  }
}

type Loose = (event: unknown, second?: unknown, third?: unknown) => void;

function upwards(options: EmitOptions | undefined): EmitOptions {
  return options === undefined ? UP : { ...UP, ...options };
}
