/** The web server: one route, its raw body, and the answers. */

import type { RequestScopes } from 'carillon/http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Container } from 'inversify';
import { openDelivery } from '../delivery/open-delivery.js';
import type { DeliveryHeaders } from '../payloads/delivery.js';
import { readDelivery } from '../payloads/read.js';
import type { RequestCounts } from '../report/request-counts.js';
import { Settings } from '../settings.js';
import { asRefusal } from './refusal.js';
import { RefusalReporter } from './refusal-reporter.js';
import { checkSignature } from './signature.js';
import { wholeBody } from './whole-body.js';

/** The largest body that GitHub sends. */
const BODY_LIMIT = 25 * 1024 * 1024;

export const WEBHOOK_PATH = '/webhooks';

/** Makes the server; it does not listen yet. */
export async function createServer(
  root: Container,
  scopes: RequestScopes<Container>,
  requests: RequestCounts,
): Promise<FastifyInstance> {
  const reporter = root.get(RefusalReporter);
  const server = Fastify({ bodyLimit: BODY_LIMIT, requestIdHeader: 'x-github-delivery' });
  await server.register(scopes.fastify());
  server.addHook('preParsing', async ({ raw }) => wholeBody(raw));

  // The signature is over the bytes as they came, so nobody may parse them before it is checked.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );

  server.setErrorHandler(async (error: Error, _request, reply) => {
    const refusal = asRefusal(error);
    await reporter.report(refusal);
    return reply.code(refusal.statusCode).send({ refused: refusal.kind, reasons: refusal.reasons });
  });

  server.post(
    WEBHOOK_PATH,
    scopes.handler(async (container, request: FastifyRequest, reply: FastifyReply) => {
      try {
        return await receive(container, request, reply);
      } finally {
        if (reply.raw.destroyed) requests.outlive();
      }
    }),
  );
  return server;
}

async function receive(
  container: Container,
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
