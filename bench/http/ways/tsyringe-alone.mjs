/** A child container of tsyringe for each request, without Carillon. */
import 'reflect-metadata';
import { container } from 'tsyringe';
import { Basket, Log } from '../services.mjs';
import { alone } from './alone.mjs';

container.register(Basket, Basket).register(Log, Log);

export const { scopes, serve } = alone(
  () => container.createChildContainer(),
  (child) => [child.resolve(Basket), child.resolve(Log)],
  (child) => child.dispose(),
);
