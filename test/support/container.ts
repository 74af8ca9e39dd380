/** Containers for tests: one with the plugin, its errors kept and its clock in the test's hand. */

import type { CarillonError } from 'carillon';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';
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

/** Binds the class as the container's own singleton and builds it. */
export function build<T extends object>(container: Container, service: new () => T): T {
  container.bind(service).toSelf().inSingletonScope();
  return container.get(service);
}
