/** Emits after the end of their scope. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import type { HandlerOwner } from './runtime.js';

/** Late asynchronous code must not fail for it, and must not be silent either: its author is told, once for each place. */
export function reportLateEmit({ name, runtime }: HandlerOwner, event: EventKey): void {
  const error = new CarillonError(
    'CAR3004',
    `${eventName(event)} was emitted after the end of scope "${name}": nobody hears it. Emit in a scope that is open, or end this work with its scope.`,
  );
  if (runtime.isNewLateEmit(event, error)) runtime.report(error);
}
