/** Carillon with InversifyJS: a child container for each request builds both. */
import 'reflect-metadata';
import { Events } from 'carillon';
import { requestScopes } from 'carillon/http';
import { events, start } from 'carillon/inversify';
import { Container, injectable } from 'inversify';
import '../decorated.mjs';
import { answerOf, Basket, ItemAdded, Log } from '../services.mjs';

injectable()(Basket);
injectable()(Log);

const root = new Container();
root.register(events());
root.bind(Basket).toSelf().inTransientScope();
root.bind(Log).toSelf().inTransientScope();
await start(root);

export const scopes = requestScopes(root);

/**
 * @param {Container} request
 * @param {string} id
 */
export async function serve(request, id) {
  const [basket, log] = [request.get(Basket), request.get(Log)];
  request.get(Events).emit(new ItemAdded(id));
  return answerOf(basket, log);
}
