/** Carillon with awilix: a scope of awilix for each request builds both. */
import { createContainer } from 'awilix';
import { addEvents, asClass, start } from 'carillon/awilix';
import { requestScopes } from 'carillon/http';
import '../decorated.mjs';
import { answerOf, Basket, ItemAdded, Log } from '../services.mjs';

const root = addEvents(createContainer()).register({
  basket: asClass(Basket).scoped(),
  log: asClass(Log).scoped(),
});
await start(root);

export const scopes = requestScopes(root);

/**
 * @param {typeof root} request
 * @param {string} id
 */
export async function serve({ cradle }, id) {
  const { basket, log, events } = cradle;
  events.emit(new ItemAdded(id));
  return answerOf(basket, log);
}
