/** Fills a request's container with the services that live as long as the request. */
import type { Container } from 'inversify';
import type { Delivery } from '../payloads/delivery.js';
import { ActivityLog } from './activity-log.js';
import { ChangeSet } from './change-set.js';
import { DeliveryContext } from './delivery-context.js';
import { DeliveryDesk } from './delivery-desk.js';
import { IssueHandler } from './issue-handler.js';
import { PullRequestHandler } from './pull-request-handler.js';
import { PushHandler } from './push-handler.js';

/** Nobody injects these: they are built for what they hear. */
const LISTENERS = [PushHandler, PullRequestHandler, IssueHandler, ActivityLog] as const;

/** Builds the request's services, and gives the one to begin with. */
export function openDelivery(container: Container, delivery: Delivery, body: string): DeliveryDesk {
  container.bind(DeliveryContext).toConstantValue(new DeliveryContext(delivery, body));
  bindDelivery(container);
  for (const listener of LISTENERS) container.get<object>(listener);
  return container.get(DeliveryDesk);
}

/** Binds them, as singletons of the request's container: one for all services of this request, none shared with another. */
export function bindDelivery(container: Container): void {
  for (const service of [ChangeSet, DeliveryDesk, ...LISTENERS])
    container.bind<object>(service).to(service).inSingletonScope();
}
