/** Handlers that an InversifyJS container builds, in a scope for each emitter, with what TypeScript's decorators would have written on them. */
import 'reflect-metadata';
import { EventBus, On, ScopedEmitter, Subscribe } from 'carillon';
import { events, openScope } from 'carillon/inversify';
import { Container, injectable } from 'inversify';

/** @import { EventKey } from 'carillon' */
/** @import { HandlerKind } from './classes.mjs' */

/** @typedef {(prototype: object, method: string, descriptor: TypedPropertyDescriptor<never>) => void} Decorator */

/**
 * Methods that are told by `emit`.
 *
 * @param {EventKey} event
 */
export function emitBuilder(event) {
  return (/** @type {readonly HandlerKind[]} */ kinds) => {
    decorate(kinds, On(/** @type {never} */ (event)));
    const root = rootOf(kinds);
    return (/** @type {readonly HandlerKind[]} */ some) => {
      const scope = openScope(root);
      const handlers = some.map(({ HandlerClass }) => scope.get(HandlerClass));
      return { emitter: scope.get(ScopedEmitter), handlers };
    };
  };
}

/**
 * Methods that are told by `publish`. A bus reaches the whole application, so each number of handlers has one of its own.
 *
 * @param {EventKey} event
 */
export function busBuilder(event) {
  return (/** @type {readonly HandlerKind[]} */ kinds) => {
    decorate(kinds, Subscribe(/** @type {never} */ (event)));
    return (/** @type {readonly HandlerKind[]} */ some) => {
      const root = rootOf([...new Set(some)]);
      const handlers = some.map(({ HandlerClass }) => root.get(HandlerClass));
      return { emitter: root.get(EventBus), handlers };
    };
  };
}

/** @param {readonly HandlerKind[]} kinds */
function rootOf(kinds) {
  const root = new Container();
  // Thousands of handlers are meant.
  root.register(events({ pileUpLimit: Number.POSITIVE_INFINITY }));
  for (const { HandlerClass } of kinds) root.bind(HandlerClass).toSelf().inTransientScope();
  return root;
}

/**
 * @param {readonly HandlerKind[]} kinds
 * @param {Decorator} decorator
 */
function decorate(kinds, decorator) {
  for (const { HandlerClass, method } of kinds) {
    const { prototype } = HandlerClass;
    injectable()(HandlerClass);
    decorator(
      prototype,
      method,
      /** @type {TypedPropertyDescriptor<never>} */ (
        Object.getOwnPropertyDescriptor(prototype, method)
      ),
    );
  }
}
