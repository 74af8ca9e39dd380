/** A child container of InversifyJS for each request, without Carillon. */
import 'reflect-metadata';
import { Container, injectable } from 'inversify';
import { Basket, Log } from '../services.mjs';
import { alone } from './alone.mjs';

injectable()(Basket);
injectable()(Log);

const root = new Container();
root.bind(Basket).toSelf().inTransientScope();
root.bind(Log).toSelf().inTransientScope();

export const { scopes, serve } = alone(
  () => new Container({ parent: root }),
  (child) => [child.get(Basket), child.get(Log)],
  (child) => child.unbindAll(),
);
