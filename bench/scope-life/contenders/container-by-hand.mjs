/** An InversifyJS child container for each request, and eventemitter3 wired by hand. */
import 'reflect-metadata';
import { Container, injectable } from 'inversify';
import { Request } from '../request.mjs';
import { serveWired } from '../wiring-by-hand.mjs';

export { announce } from '../wiring-by-hand.mjs';

injectable()(Request);
const root = new Container();

export function live() {
  const container = new Container({ parent: root });
  container.bind(Request).toSelf().inSingletonScope();
  const request = container.get(Request);
  serveWired(request);
  container.unbindAll();
  return request;
}
