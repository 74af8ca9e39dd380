/** For `npx carillon`: the container of the server, which is not started. */
import 'reflect-metadata';
import type { Container } from 'inversify';
import { Crowd } from './crowd.js';
import { createContainer } from './rehearsal.js';

export function container(): Container {
  return createContainer(new Crowd(1), []);
}
