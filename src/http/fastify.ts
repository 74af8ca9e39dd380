/** Request scopes as a plugin of Fastify. */
import type { NodeRequest, NodeResponse } from './node-objects.js';
import type { RequestOpener } from './request-opener.js';

/** A plugin of Fastify. */
export type FastifyPlugin = (
  instance: object,
  options: object,
  done: (error?: Error) => void,
) => void;

interface FastifyRequest {
  readonly raw: NodeRequest;
}

interface FastifyReply {
  readonly raw: NodeResponse;
}

type FastifyHandler = (this: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

type FastifyHook = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void;

interface FastifyInstance {
  addHook(name: 'onRequest' | 'preValidation', hook: FastifyHook): unknown;
  addHook(name: 'onRoute', hook: (route: { handler: FastifyHandler }) => void): unknown;
}

/** Takes a lease for each handler: one that returns a promise has its scope until that has settled. */
export function fastifyPlugin(requests: RequestOpener): FastifyPlugin {
  const plugin: FastifyPlugin = (given, _options, done) => {
    const instance = given as FastifyInstance;
    instance.addHook('onRequest', ({ raw }, reply, next) => {
      try {
        requests.begin(raw, reply.raw).enter(next);
      } catch (error) {
        next(error as Error);
      }
    });
    // The body comes in the context of its connection.
    instance.addHook('preValidation', ({ raw }, _reply, next) => requests.of(raw)?.enter(next));
    instance.addHook('onRoute', (route) => {
      route.handler = leasing(requests, route.handler);
    });
    done();
  };
  // For the instance that registers it, and not for one below.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'carillon',
  });
}

function leasing(requests: RequestOpener, handler: FastifyHandler): FastifyHandler {
  return function scoped(request, reply) {
    const call = () => handler.call(this, request, reply);
    return requests.of(request.raw)?.run('route handler', call) ?? call();
  };
}
