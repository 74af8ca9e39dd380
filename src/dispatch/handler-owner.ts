/** What dispatch has to know of the scope that owns a handler, and of the program around it. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from './handler.js';

/** Time, as the library sees it; a test or a game loop gives its own. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Calls back once, no earlier than after `delay` milliseconds, and returns what {@link cancel} takes. */
  schedule(callback: () => void, delay: number): unknown;
  cancel(timer: unknown): void;
}

/** A handler that has started and not yet settled. */
export interface Run {
  readonly handler: Handler;
  readonly startedAt: number;
  /** The run that led to this one, if it was started from inside another. */
  readonly cause: Run | undefined;
}

/** Knows which run the code that asks belongs to, also after an `await` where the platform can tell. */
export interface RunContext {
  current(): Run | undefined;
  enter<T>(run: Run, action: () => T): T;
}

/** What the scopes of one application share. */
export interface Runtime {
  readonly clock: Clock;
  readonly context: RunContext;
  /** Takes every error that no caller takes. Never throws. */
  report(error: CarillonError): void;
  /** Whether this is the first time that the event is emitted too late from that place. */
  isNewLateEmit(event: EventKey, place: string): boolean;
  /** The next place in the order of wiring. */
  nextSequence(): number;
}

/** The owner's side of a handler. */
export interface HandlerOwner {
  readonly name: string;
  readonly runtime: Runtime;
  /** The runs that have not settled. */
  readonly runs: Set<Run>;
  /** Called when {@link runs} became empty or shorter. */
  runSettled(run: Run): void;
}
