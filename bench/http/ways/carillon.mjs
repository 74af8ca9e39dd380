/** Carillon without a container: a scope for each request, to which both are attached. */
import { createApplication } from 'carillon/adapter';
import { requestScopes } from 'carillon/http';
import '../decorated.mjs';
import { answerOf, Basket, ItemAdded, Log } from '../services.mjs';

/** @import { ApplicationScope } from 'carillon/adapter' */

const app = createApplication();
await app.start();

export const scopes = requestScopes(app);

/**
 * @param {ApplicationScope} request
 * @param {string} id
 */
export async function serve({ attach, events }, id) {
  const [basket, log] = [attach(new Basket()), attach(new Log())];
  events.emit(new ItemAdded(id));
  return answerOf(basket, log);
}
