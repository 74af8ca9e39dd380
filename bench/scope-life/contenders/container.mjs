/** An InversifyJS child container for each request, and direct calls in the place of events. */
import 'reflect-metadata';
import { Container, injectable } from 'inversify';
import { Advanced } from '../happenings.mjs';
import { Request } from '../request.mjs';

injectable()(Request);
const root = new Container();

export function live() {
  const container = new Container({ parent: root });
  container.bind(Request).toSelf().inSingletonScope();
  const request = container.get(Request);
  serve(request);
  container.unbindAll();
  return request;
}

/** Nobody listens. */
export const announce = () => undefined;

/** @param {Request} request */
function serve(request) {
  const advanced = new Advanced(1);
  request.open();
  request.advance(advanced);
  request.logAdvance();
  request.finish();
}
