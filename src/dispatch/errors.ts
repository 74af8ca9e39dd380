/** The errors of an emit. Each takes plain data, so that a test of a program can make one. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { thrownSentence } from '../events/describe-thrown.js';

/** Which handler failed, on which event. */
export interface HandlerFailure {
  /** The class of the handler. Default `''`, for a plain function. */
  readonly className?: string;
  /** The name of the method or of the plain function. */
  readonly method: string;
  /** The name of the event. */
  readonly event: string;
  /** The name of the handler's scope. Default `'application'`. */
  readonly scope?: string;
  /** What the handler threw: any value. */
  readonly cause: unknown;
}

/**
 * `CAR4001`: a handler threw, or its promise rejected; {@link Error.cause} is what it threw.
 *
 * @example
 * onError(new HandlerError({ className: 'Mail', method: 'send', event: 'order-placed', cause: new Error('no route') }));
 */
export class HandlerError extends CarillonError {
  /** @internal */
  static override readonly kind: string = 'HandlerError';
  override readonly name = 'HandlerError';
  /** The class of the handler; empty for a plain function. */
  readonly className: string;
  /** The name of the method or of the plain function. */
  readonly method: string;
  /** The name of the event. */
  readonly event: string;
  /** The name of the handler's scope. */
  readonly scope: string;

  constructor(failure: HandlerFailure) {
    const { className = '', method, event, scope = 'application', cause } = failure;
    super(
      'CAR4001',
      `${qualifiedName({ className, method })} failed on ${event} in scope "${scope}": ${thrownSentence(cause)} The other handlers ran; see the cause.`,
      { cause },
    );
    this.className = className;
    this.method = method;
    this.event = event;
    this.scope = scope;
  }
}

/** The failed handlers of one emit. */
export interface EmitFailure {
  /** The name of the event. */
  readonly event: string;
  /** One for each handler that failed, in handler order. */
  readonly errors: readonly HandlerError[];
}

/**
 * `CAR4002`: one or more handlers of an emit failed; {@link errors} has one {@link HandlerError} for each, in handler order.
 *
 * @example
 * const failed = new HandlerError({ method: 'send', event: 'order-placed', cause: new Error('no route') });
 * emitter.emit.mockImplementation(() => {
 *   throw new EmitError({ event: 'order-placed', errors: [failed] });
 * });
 */
export class EmitError extends CarillonError {
  /** @internal */
  static override readonly kind: string = 'EmitError';
  override readonly name = 'EmitError';
  /** One for each handler that failed, in handler order. */
  readonly errors: readonly HandlerError[];

  constructor({ event, errors }: EmitFailure) {
    const names = errors.map(qualifiedName).join(', ');
    super(
      'CAR4002',
      `${errors.length} handler(s) of ${event} failed: ${names}. Each error is in "errors".`,
      { cause: errors[0] },
    );
    this.errors = errors;
  }
}

/** One step on the way into the recursion. */
export interface RecursionStep {
  /** The name of the event. */
  readonly event: string;
  /** `Class.method` of the handler. */
  readonly handler: string;
}

/** Where emits went round in a circle. */
export interface Recursion {
  /** The name of the event whose emit was refused. */
  readonly event: string;
  /** Ends the sentence "… was emitted inside itself". */
  readonly reason: string;
  /** What was done with the event. Default `'emitted'`. */
  readonly verb?: 'emitted' | 'published';
  /** The events and the handlers that led to it, the outermost first. Default none. */
  readonly chain?: readonly RecursionStep[];
}

/**
 * `CAR4006`: emits nested too deep, or an event was emitted inside itself that forbids it. Unwinds every emit on its way.
 *
 * @example
 * new RecursionError({ event: 'saved', reason: 'more than 100 times', chain: [{ event: 'saved', handler: 'Index.update' }] });
 */
export class RecursionError extends CarillonError {
  /** @internal */
  static override readonly kind: string = 'RecursionError';
  override readonly name = 'RecursionError';
  readonly #steps: RecursionStep[];
  readonly #event: string;
  readonly #reason: string;
  readonly #verb: 'emitted' | 'published';

  constructor({ event, reason, verb = 'emitted', chain = [] }: Recursion) {
    super('CAR4006', '');
    this.#verb = verb;
    this.#steps = [...chain];
    this.#event = event;
    this.#reason = reason;
    this.#describe();
  }

  /** The events and the handlers that led to it, the outermost first. */
  get chain(): readonly RecursionStep[] {
    return this.#steps;
  }

  /** @internal Adds the step around those that are known: on the way out, so that an emit need not keep a record. */
  passed(step: RecursionStep): void {
    this.#steps.unshift(step);
    this.#describe();
  }

  #describe(): void {
    const steps = this.#steps.map(({ event, handler }) => `${event} > ${handler}`);
    const shown =
      steps.length > 12
        ? [...steps.slice(0, 6), `… ${steps.length - 12} more …`, ...steps.slice(-6)]
        : steps;
    const advice =
      this.#verb === 'emitted' ? "give the event reentrancy: 'queue'" : 'publish after an await';
    this.message = `CAR4006: ${this.#event} was ${this.#verb} inside itself ${this.#reason}: ${[...shown, this.#event].join(' > ')}. Break the circle, or ${advice}.`;
  }
}

/** Which handler was left behind. */
export type AbandonedHandlerName = Omit<HandlerFailure, 'cause'>;

/**
 * `CAR3005`: the end of a scope left the handler behind; its later result is dropped.
 *
 * @example
 * new AbandonedError({ className: 'Mail', method: 'send', event: 'order-placed', scope: 'request' });
 */
export class AbandonedError extends CarillonError {
  /** @internal */
  static override readonly kind: string = 'AbandonedError';
  override readonly name = 'AbandonedError';

  constructor({ className = '', method, event, scope = 'application' }: AbandonedHandlerName) {
    super(
      'CAR3005',
      `${qualifiedName({ className, method })} had not settled on ${event} when scope "${scope}" ended. Watch delivery.signal, or give the scope more drain time.`,
    );
  }
}

/** `CAR3001`: something was asked of a scope that has ended. */
export function endedError(scope: string): CarillonError {
  return new CarillonError(
    'CAR3001',
    `Scope "${scope}" has ended. Use a scope that is still open, such as its parent's.`,
  );
}

function qualifiedName({ className, method }: { className: string; method: string }): string {
  return className === '' ? method : `${className}.${method}`;
}
