/** A scope of awilix for each request, without Carillon. */
import { asClass, createContainer } from 'awilix';
import { Basket, Log } from '../services.mjs';
import { alone } from './alone.mjs';

const root = createContainer().register({
  basket: asClass(Basket).scoped(),
  log: asClass(Log).scoped(),
});

export const { scopes, serve } = alone(
  () => root.createScope(),
  ({ cradle: { basket, log } }) => [basket, log],
  (scope) => scope.dispose(),
);
