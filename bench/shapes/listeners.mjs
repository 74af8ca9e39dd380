/** Subscribing a function for each handler, as most libraries want it. */
import 'reflect-metadata';
import { Container, injectable } from 'inversify';

/** @import { Handler, HandlerKind } from './classes.mjs' */

/**
 * @template E
 * @param {() => E} createEmitter
 * @param {(emitter: E, listener: (event: never) => unknown, handler: Handler, kind: HandlerKind) => unknown} subscribe
 */
export function listenerBuilder(createEmitter, subscribe) {
  return () => (/** @type {readonly HandlerKind[]} */ kinds) => {
    const emitter = createEmitter();
    const handlers = kinds.map((kind) => {
      const handler = new kind.HandlerClass();
      subscribe(emitter, kind.listener(handler), handler, kind);
      return handler;
    });
    return { emitter, handlers };
  };
}

/**
 * The same with handlers that a container builds, in a child container for each emitter: they lie in memory where its other objects are.
 *
 * @template E
 * @param {() => E} createEmitter
 * @param {(emitter: E, listener: (event: never) => unknown) => unknown} subscribe
 */
export function containerBuilder(createEmitter, subscribe) {
  return (/** @type {readonly HandlerKind[]} */ all) => {
    const root = new Container();
    for (const { HandlerClass } of all) {
      injectable()(HandlerClass);
      root.bind(HandlerClass).toSelf().inTransientScope();
    }
    return (/** @type {readonly HandlerKind[]} */ kinds) => {
      const container = new Container({ parent: root });
      const emitter = createEmitter();
      const handlers = kinds.map(({ HandlerClass, listener }) => {
        const handler = container.get(HandlerClass);
        subscribe(emitter, listener(handler));
        return handler;
      });
      // A scope of a program holds its container, too.
      return { emitter, handlers, container };
    };
  };
}
