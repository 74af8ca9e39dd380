/** An application whose time passes in ticks that the test makes. */
import { type CarillonError, type Clock, manualClock, type Scope } from 'carillon';
import { type ApplicationOptions, scopeOf } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from './container.js';

export interface Stage<C extends Clock> {
  readonly container: Container;
  readonly scope: Scope;
  readonly errors: CarillonError[];
  readonly clock: C;
  /** What the tasks of the test write down. */
  readonly log: unknown[];
}

/** A root container on a manual clock. */
export function stage(options: ApplicationOptions = {}): Stage<ReturnType<typeof manualClock>> {
  return stageOn(manualClock(), options);
}

/** A root container on that clock. */
export function stageOn<C extends Clock>(clock: C, options: ApplicationOptions = {}): Stage<C> {
  const { container, errors } = rootContainer({ ...options, clock });
  return { container, scope: scopeOf(container), errors, clock, log: [] };
}
