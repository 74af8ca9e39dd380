/** Containers for tests: one with the plugin, its errors kept and its clock in the test's hand. */
import { events } from 'carillon/inversify';
import { Container } from 'inversify';
import type { CarillonError } from 'carillon';
import { ManualClock } from './manual-clock.js';

export interface Fixture {
  readonly container: Container;
  readonly errors: CarillonError[];
  readonly clock: ManualClock;
}

/** A root container with the plugin. */
export function rootContainer(options: NonNullable<Parameters<typeof events>[0]> = {}): Fixture {
  const container = new Container();
  const errors: CarillonError[] = [];
  const clock = new ManualClock();
  container.register(events({ clock, onError: (error) => errors.push(error), ...options }));
  return { container, errors, clock };
}
