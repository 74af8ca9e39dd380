/** The web server: one route, its raw body, and the answers. */

import { EventBus } from 'carillon';
import type { ScopedContainer } from 'carillon/inversify';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Container } from 'inversify';
import { openDelivery } from '../delivery/open-delivery.js';
import type { DeliveryHeaders } from '../payloads/delivery.js';
import { readDelivery } from '../payloads/read.js';
import { DeliveryRefused } from '../services/intake.js';
import { Settings } from '../settings.js';
import { asRefusal } from './refusal.js';
import type { RequestScopes } from './request-scopes.js';
import { checkSignature } from './signature.js';

/** The largest body that GitHub sends. */
const BODY_LIMIT = 25 * 1024 * 1024;

export const WEBHOOK_PATH = '/webhooks';

/** Makes the server; it does not listen yet. */
export function createServer(root: Container, scopes: RequestScopes): FastifyInstance {
  const bus = root.get(EventBus);
  const server = Fastify({ bodyLimit: BODY_LIMIT, requestIdHeader: 'x-github-delivery' });

  // The signature is over the bytes as they came, so nobody may parse them before it is checked.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );

  server.setErrorHandler(async (error: Error, _request, reply) => {
    const refusal = asRefusal(error);
    await bus.publish(new DeliveryRefused(refusal.kind, refusal.statusCode, refusal.reasons));
    return reply.code(refusal.statusCode).send({ refused: refusal.kind, reasons: refusal.reasons });
  });

  server.post(WEBHOOK_PATH, scopes.wrap(receive));
  return server;
}

async function receive(
  container: ScopedContainer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const body = typeof request.body === 'string' ? request.body : '';
  await checkSignature(
    container.get(Settings).secret,
    body,
    request.headers['x-hub-signature-256'],
  );

  const delivery = await readDelivery(deliveryHeaders(request), body);
  const answer = await openDelivery(container, delivery, body).handle();
  return reply.code(202).send(answer);
}

/** Not checked here: they are validated together with the payload. */
function deliveryHeaders({ headers }: FastifyRequest): DeliveryHeaders {
  return { id: headers['x-github-delivery'], event: headers['x-github-event'] } as DeliveryHeaders;
}
