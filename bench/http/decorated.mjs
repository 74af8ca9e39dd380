/** The services with what TypeScript's decorators would have written on them. */
import 'reflect-metadata';
import { On } from 'carillon';
import { Basket, ItemAdded, Log } from './services.mjs';

On(ItemAdded)(Basket.prototype, 'add', descriptorOf(Basket.prototype, 'add'));
On(ItemAdded)(Log.prototype, 'note', descriptorOf(Log.prototype, 'note'));

/**
 * @param {object} prototype
 * @param {string} method
 */
function descriptorOf(prototype, method) {
  return /** @type {TypedPropertyDescriptor<(event: ItemAdded) => void>} */ (
    Object.getOwnPropertyDescriptor(prototype, method)
  );
}
