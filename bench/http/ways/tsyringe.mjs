/** Carillon with tsyringe: a child container for each request builds both. */
import 'reflect-metadata';
import { Events } from 'carillon';
import { requestScopes } from 'carillon/http';
import { addEvents, start } from 'carillon/tsyringe';
import { container } from 'tsyringe';
import '../decorated.mjs';
import { answerOf, Basket, ItemAdded, Log } from '../services.mjs';

/** @import { DependencyContainer } from 'tsyringe' */

const root = addEvents(container);
root.register(Basket, Basket).register(Log, Log);
await start(root);

export const scopes = requestScopes(root);

/**
 * @param {DependencyContainer} request
 * @param {string} id
 */
export async function serve(request, id) {
  const [basket, log] = [request.resolve(Basket), request.resolve(Log)];
  request.resolve(Events).emit(new ItemAdded(id));
  return answerOf(basket, log);
}
