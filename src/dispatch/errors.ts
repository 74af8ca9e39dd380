/** What goes wrong in an emit, as errors. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { type Handler, handlerEvent, handlerName } from './handler.js';
import type { Run } from './run.js';

/** `CAR4001`: a handler threw, or its promise rejected; {@link Error.cause} is what it threw. */
export class HandlerError extends CarillonError {
  override readonly name = 'HandlerError';
  readonly className: string;
  readonly method: string;
  readonly event: string;
  readonly scope: string;

  constructor(handler: Handler, cause: unknown) {
    const { plan, owner } = handler;
    const event = handlerEvent(plan);
    super(
      'CAR4001',
      `${handlerName(handler.plan)} failed on ${event} in scope "${owner.name}": ${causeText(cause)}. The other handlers ran; see the cause.`,
      { cause },
    );
    this.className = plan.className;
    this.method = String(plan.method);
    this.event = event;
    this.scope = owner.name;
  }
}

/** `CAR4002`: one or more handlers of an emit failed; {@link errors} has one {@link HandlerError} for each, in handler order. */
export class EmitError extends CarillonError {
  override readonly name = 'EmitError';

  constructor(
    event: string,
    readonly errors: readonly HandlerError[],
  ) {
    const names = errors.map((error) => `${error.className}.${error.method}`).join(', ');
    super(
      'CAR4002',
      `${errors.length} handler(s) of ${event} failed: ${names}. Each error is in "errors".`,
      {
        cause: errors[0],
      },
    );
  }
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

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
    const shown =
      steps.length > 12
        ? [...steps.slice(0, 6), `… ${steps.length - 12} more …`, ...steps.slice(-6)]
        : steps;
    this.message = `CAR4006: ${this.#event} was emitted inside itself ${this.#why}: ${[...shown, this.#event].join(' > ')}. Break the circle, or give the event reentrancy: 'queue'.`;
  }
}

/** `CAR3005`: the end of a scope left the handler behind; what it still does is dropped. */
export class AbandonedError extends CarillonError {
  override readonly name = 'AbandonedError';

  constructor({ handler }: Run) {
    super(
      'CAR3005',
      `${handlerName(handler.plan)} had not settled on ${handlerEvent(handler.plan)} when scope "${handler.owner.name}" ended. Heed delivery.signal, or give the scope more drain time.`,
    );
  }
}
