/** No scope and no events: the classes are built and called by hand. */
import { answerOf, Basket, ItemAdded, Log } from '../services.mjs';

export const scopes = undefined;

/**
 * @param {undefined} _
 * @param {string} id
 */
export async function serve(_, id) {
  const [basket, log] = [new Basket(), new Log()];
  const event = new ItemAdded(id);
  basket.add(event);
  log.note(event);
  return answerOf(basket, log);
}
