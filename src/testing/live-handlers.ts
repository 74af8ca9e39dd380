/** Finds handlers that are alive after the end of their scope. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { handlerEvent, handlerName } from '../dispatch/handler.js';
import type { HandlerOwner } from '../dispatch/runtime.js';
import type { Scope } from '../scope/scope.js';
import { hostOf } from './container-host.js';

/**
 * Asserts that no handler of the container's scope, or of a scope below it, runs or listens to an emitter, the bus, a queue or a timer.
 *
 * @param container a container with events, or an application; ended or not
 * @throws CarillonError `CAR7051` naming each live handler; `CAR7053` for a container without events
 * @example
 * afterEach(async () => {
 *   await stop(container);
 *   expectNoLiveHandlers(container);
 * });
 */
export function expectNoLiveHandlers(container: object): void {
  const { scope, application } = hostOf(container);
  const listening = application
    .handlers()
    .filter(({ owner }) => isWithin(owner, scope))
    .map(
      ({ plan, owner }) =>
        `${handlerName(plan)} listens to ${handlerEvent(plan)} in "${owner.path}"`,
    );
  const running = scope
    .tree()
    .flatMap((member) => [...member.runs])
    .map(({ handler }) => `${handlerName(handler.plan)} runs in "${handler.owner.path}"`);
  const alive = [...listening, ...running];
  if (alive.length === 0) return;
  throw new CarillonError(
    'CAR7051',
    `${alive.length} handler(s) of scope "${scope.name}" are alive: ${alive.join('; ')}. End the scope first, and await it.`,
  );
}

function isWithin(owner: HandlerOwner, scope: Scope): boolean {
  for (let step: Scope | undefined = owner as Scope; step !== undefined; step = step.parent)
    if (step === scope) return true;
  return false;
}
