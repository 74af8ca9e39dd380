/** Carillon: a scope for each request, whose container wires the class by its decorators. */
import 'reflect-metadata';
import { EventBus, On, Subscribe } from 'carillon';
import { events, openScope, scopeOf } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import { Advanced, Announced, Finished, Opened } from '../happenings.mjs';
import { Request } from '../request.mjs';

/** @import { ScopedContainer } from 'carillon/inversify' */

injectable()(Request);
On(Opened)(Request.prototype, 'open', descriptorOf('open'));
On(Advanced)(Request.prototype, 'advance', descriptorOf('advance'));
On(Advanced)(Request.prototype, 'logAdvance', descriptorOf('logAdvance'));
On(Finished)(Request.prototype, 'finish', descriptorOf('finish'));
Subscribe(Announced)(Request.prototype, 'announce', descriptorOf('announce'));

const root = new Container();
root.register(events());
const bus = root.get(EventBus);

export function live() {
  const scope = openScope(root, { name: 'request' });
  const request = serve(scope);
  scope[Symbol.dispose]();
  return request;
}

export async function liveAsync() {
  const scope = openScope(root, { name: 'request' });
  const request = serve(scope);
  await scope[Symbol.asyncDispose]();
  return request;
}

/** Reaches every request that is still on the bus. */
export function announce() {
  void bus.publish(new Announced());
}

/** @param {ScopedContainer} scope */
function serve(scope) {
  scope.bind(Request).toSelf().inSingletonScope();
  const request = scope.get(Request);
  const { emitter } = scopeOf(scope);
  emitter.emit(new Opened());
  emitter.emit(new Advanced(1));
  emitter.emit(new Finished());
  return request;
}

/**
 * TypeScript hands it to a decorator.
 *
 * @param {keyof Request} method
 */
function descriptorOf(method) {
  return /** @type {TypedPropertyDescriptor<(event: unknown) => void>} */ (
    Object.getOwnPropertyDescriptor(Request.prototype, method)
  );
}
