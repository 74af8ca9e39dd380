/** The listener classes with what TypeScript's decorators would have written on them, bound in a container. */
import 'reflect-metadata';
import { On } from 'carillon';
import { events, openScope } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import { LISTENER_CLASSES, Measured } from './listeners.mjs';

const root = new Container();
// Thousands of listeners are meant.
root.register(events({ pileUpLimit: Number.POSITIVE_INFINITY }));
for (const ListenerOf of LISTENER_CLASSES) {
  const { prototype } = ListenerOf;
  const hear = /** @type {TypedPropertyDescriptor<(event: Measured) => void>} */ (
    Object.getOwnPropertyDescriptor(prototype, 'hear')
  );
  injectable()(ListenerOf);
  On(Measured)(prototype, 'hear', hear);
  root.bind(ListenerOf).toSelf().inTransientScope();
}

/** A child container that gives a new listener each time it is asked. */
export function createScope() {
  return openScope(root);
}
