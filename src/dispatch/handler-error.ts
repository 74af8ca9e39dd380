/** What becomes of an error that a handler throws. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type Handler, handlerEvent, handlerName } from './handler.js';

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
      `${handlerName(handler.plan)} failed on ${event} in scope "${owner.name}": ${textOf(cause)}. The other handlers ran; see the cause.`,
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
    super('CAR4002', `${errors.length} handler(s) of ${event} failed: ${names}. Each error is in "errors".`, {
      cause: errors[0],
    });
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
