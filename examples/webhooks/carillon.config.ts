/** For `npx carillon`: the container of the backend, which is not started. */
import 'reflect-metadata';
import { openScope } from 'carillon/inversify';
import type { Container } from 'inversify';
import { createContainer } from './application.js';
import { bindDelivery } from './delivery/open-delivery.js';
import { Settings } from './settings.js';

export function container(): Container {
  const backend = createContainer(new Settings('no deliveries are taken'), []);
  // So that the services of a request are seen as well. Nothing is built.
  bindDelivery(openScope(backend, { name: 'request' }));
  return backend;
}
