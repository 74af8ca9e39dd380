/** What becomes of emits that nest without end. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-name.js';
import { type Handler, handlerName } from './handler.js';

/** One step on the way into the recursion. */
export interface RecursionStep {
  readonly event: string;
  readonly handler: string;
}

/** `CAR4006`: emits nested too deep, or an event was emitted inside itself that forbids it. Unwinds every emit on its way. */
export class RecursionError extends CarillonError {
  override readonly name = 'RecursionError';
  readonly #steps: RecursionStep[] = [];
  readonly #event: string;
  readonly #why: string;

  constructor(event: EventKey, why: string) {
    super('CAR4006', '');
    this.#event = eventName(event);
    this.#why = why;
    this.#tell();
  }

  /** The events and the handlers that led to it, the outermost first. */
  get chain(): readonly RecursionStep[] {
    return this.#steps;
  }

  /** @internal Adds the step around those that are known: it is told on the way out, so that an emit need not keep account. */
  passed(handler: Handler, event: EventKey): void {
    this.#steps.unshift({ event: eventName(event), handler: handlerName(handler.plan) });
    this.#tell();
  }

  #tell(): void {
    const steps = this.#steps.map(({ event, handler }) => `${event} > ${handler}`);
    const shown = steps.length > 12 ? [...steps.slice(0, 6), `… ${steps.length - 12} more …`, ...steps.slice(-6)] : steps;
    this.message = `CAR4006: ${this.#event} was emitted inside itself ${this.#why}: ${[...shown, this.#event].join(' > ')}. Break the circle, or give the event reentrancy: 'queue'.`;
  }
}
